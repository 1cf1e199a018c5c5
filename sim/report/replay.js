// Replays one recorded run of two layouts on one clock. Data and words stand in the page; nothing
// is fetched. Times are seconds since the start of the recording.
(async () => {
  "use strict";
  const root = document.querySelector(".replay");
  const find = (choice, within = root) => within.querySelector(choice);
  const words = JSON.parse(find(".replay-words").textContent);
  const say = (key, fields = {}) =>
    words.say[key].replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));

  // --- what was recorded ------------------------------------------------------------------
  if (!("DecompressionStream" in window)) {
    find(".replay-old").hidden = false;
    return;
  }
  const bytes = Uint8Array.from(atob(JSON.parse(find(".replay-data").textContent)), (c) => c.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = JSON.parse(await new Response(opened).text());
  const { ground, requests } = data;
  const { width, height } = ground;
  const EVERY = data.every_min * 60;
  const END = (data.looks - 1) * EVERY;
  const unroll = (runs) => {
    const cells = new Int32Array(width * height);
    for (let at = 0, k = 0; k < runs.length; k += 2) at = cells.fill(runs[k], at, at + runs[k + 1]) && at + runs[k + 1];
    return cells;
  };
  const community = unroll(ground.community);
  const area = unroll(ground.area);

  // Cell of every worker at every look, -1 where he is not there.
  function unpackTracks({ role, stretches }) {
    const count = role.length;
    const cells = new Int32Array(data.looks * count).fill(-1);
    const step = { 0: 0, 1: 1, 2: -1, 3: width, 4: -width };
    for (const [worker, look, first, letters] of stretches) {
      let cell = first, at = look * count + worker;
      cells[at] = cell;
      for (const [, jump, letter] of letters.matchAll(/\((\d+)\)|([0-4])/g)) {
        cell = jump === undefined ? cell + step[letter] : Number(jump);
        cells[(at += count)] = cell;
      }
    }
    return cells;
  }

  const arms = data.arms.map((arm, number) => {
    const jobs = arm.tracks.role.map(() => []);
    arm.lives.worker.forEach((worker, i) => {
      if (worker !== null && worker >= 0) jobs[worker].push([arm.lives.dispatch[i], arm.lives.served[i] ?? Infinity]);
    });
    const answers = arm.lives.arrive
      .map((there, i) => ({ there, wait: there - arm.lives.reported[i], reported: arm.lives.reported[i] }))
      .filter((one) => one.there !== null && one.reported >= 0)
      .sort((one, other) => one.there - other.there);
    return {
      number, lives: arm.lives, lines: arm.lines, role: arm.tracks.role, roles: arm.tracks.roles, jobs, answers,
      name: words.arms[number], cells: unpackTracks(arm.tracks), zones: arm.lines.map((line) => unroll(line.zone)),
      line: 0, canvas: find(`.replay-arm${number} canvas`), figure: find(`.replay-arm${number}`), base: null,
    };
  });
  const everybody = Array.from({ length: requests.count }, (_, i) => i);

  // --- time and places in words -----------------------------------------------------------
  const two = (n) => String(n).padStart(2, "0");
  const minuteOfDay = (t) => (((data.start_min + t / 60) % 1440) + 1440) % 1440;
  const clock = (minute) => `${two(Math.floor(minute / 60))}:${two(Math.floor(minute % 60))}`;
  function moment(t) {
    const day = Math.floor((data.start_min + t / 60) / 1440);
    return say("moment", { day: say(`day.d${((day % 7) + 7) % 7}`), time: clock(minuteOfDay(t)) });
  }
  function duration(seconds) {
    const minutes = Math.round(seconds / 60);
    if (seconds < 60) return say("duration.seconds");
    if (minutes < 60) return say("duration.minutes", { m: minutes });
    if (minutes < 1440) return say("duration.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
    const hours = Math.round(minutes / 60);
    return say("duration.days", { d: Math.floor(hours / 24), h: hours % 24 });
  }
  const place = (cell) => (area[cell] >= 0 ? words.areas[area[cell]] : words.communities[community[cell]]);
  function kilometres(from, to) {
    const cells = Math.abs((from % width) - (to % width)) + Math.abs(Math.floor(from / width) - Math.floor(to / width));
    return ((cells * ground.cell_m) / 1000).toFixed(1);
  }
  const routine = requests.hours[requests.hours.length - 1];
  const isOpen = (t) => minuteOfDay(t) >= routine[0] && minuteOfDay(t) < routine[1];

  // --- what a request is doing at a moment, and where its time went ------------------------
  function stateOf(lives, i, t) {
    const reported = lives.reported[i];
    const past = (name) => lives[name][i] !== null && t >= lives[name][i];
    if (reported === null || t < reported || past("gone")) return null;
    if (past("served")) {
      if (t < lives.served[i] + 1800) return "done";
      return past("close") || requests.kinds[requests.kind[i]] === "part" ? null : "desk";
    }
    if (past("arrive")) return "serving";
    if (past("dispatch")) return "coming";
    if (past("ready") || !past("triaged")) return "waiting";
    if (!past("cleared")) return "unclear";
    return lives.hops[i].length ? "passed" : "waiting";
  }

  const BEFORE = ["detect", "triage", "unclear", "handoff", "deferred", "off_duty", "queue", "travel"];
  const AFTER = ["service", "away", "coordination"];
  const partName = (part) => words.parts[part] ?? say(`life.${part}`);
  function partsOf(lives, i) {
    const gap = (from, to) => (from === null || to === null ? 0 : to - from);
    const at = (name) => lives[name][i];
    const wait = gap(at("ready"), at("dispatch"));
    return {
      detect: gap(requests.onset[i], at("reported")),
      triage: gap(at("reported"), at("triaged")),
      unclear: gap(at("triaged"), at("cleared")),
      handoff: gap(at("cleared"), at("ready")),
      deferred: at("deferred"), off_duty: at("off_duty"), queue: wait - at("deferred") - at("off_duty"),
      travel: gap(at("dispatch"), at("arrive")),
      service: gap(at("arrive"), at("served")) - at("away"), away: at("away"),
      coordination: gap(at("served"), at("close")),
    };
  }
  const sum = (parts, names) => names.reduce((total, name) => total + parts[name], 0);
  const answered = (arm, i) => arm.lives.arrive[i] !== null && arm.lives.reported[i] !== null;

  // The difference in time until somebody is there (second minus first), and its largest part.
  function differenceOf(i) {
    const [first, second] = arms.map((arm) => partsOf(arm.lives, i));
    const total = sum(second, BEFORE) - sum(first, BEFORE);
    const sign = Math.sign(total) || 1;
    const cause = BEFORE.reduce((best, name) =>
      (second[name] - first[name]) * sign > (second[best] - first[best]) * sign ? name : best);
    return { i, total, cause, size: Math.abs(second[cause] - first[cause]) };
  }
  const compared = everybody
    .filter((i) => arms.every((arm) => answered(arm, i) && arm.lives.reported[i] >= 0))
    .filter((i) => requests.onset[i] === null)
    .map(differenceOf)
    .sort((one, other) => Math.abs(other.total) - Math.abs(one.total));

  // --- the maps ----------------------------------------------------------------------------
  const MARK = "#9c1c2e", GOOD = "#0b5e3c", INK = "#1f2328", LINES = ["#d55e00", "#0072b2"];
  const ROLES = {
    cadre: ["circle", "#6a3d9a"], police: ["triangle", "#111111"], city_officer: ["square", "#1b7837"],
    property_staff: ["diamond", "#8c510a"], volunteer: ["cross", "#c51b7d"],
  };
  const look = (role) => ROLES[role] ?? ["ring", "#57606a"];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const font = getComputedStyle(root).fontFamily;

  function fit(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const tall = Math.round((wide * height) / width);
    if (canvas.width !== wide || canvas.height !== tall) {
      canvas.width = wide;
      canvas.height = tall;
      return true;
    }
    return false;
  }

  function paintBase(arm) {
    const { canvas } = arm;
    const base = document.createElement("canvas");
    base.width = canvas.width;
    base.height = canvas.height;
    const c = base.getContext("2d"), size = base.width / width, ratio = window.devicePixelRatio || 1;
    for (let cell = 0; cell < width * height; cell++) {
      c.fillStyle = `hsl(40 12% ${98 - 2.1 * Number(ground.density[cell])}%)`;
      c.fillRect(Math.floor((cell % width) * size), Math.floor(Math.floor(cell / width) * size), Math.ceil(size), Math.ceil(size));
    }
    border(c, size, arm.zones[arm.line], LINES[arm.number], 0.55, Math.max(1, ratio * 0.9));
    border(c, size, area, INK, 0.7, ratio, [3 * ratio, 2 * ratio]);
    if (canvas.clientWidth > 420) names(c, size, ratio);
    scale(c, size, ratio);
    arm.base = base;
  }

  function border(c, size, zone, colour, alpha, thick, dash = []) {
    c.save();
    c.strokeStyle = colour;
    c.globalAlpha = alpha;
    c.lineWidth = thick;
    c.setLineDash(dash);
    c.beginPath();
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const cell = y * width + x;
        if (x + 1 < width && zone[cell] !== zone[cell + 1]) c.moveTo((x + 1) * size, y * size), c.lineTo((x + 1) * size, (y + 1) * size);
        if (y + 1 < height && zone[cell] !== zone[cell + width]) c.moveTo(x * size, (y + 1) * size), c.lineTo((x + 1) * size, (y + 1) * size);
      }
    c.stroke();
    c.restore();
  }

  function scale(c, size, ratio) {
    const length = (1000 / ground.cell_m) * size, at = c.canvas.height - 12 * ratio;
    c.fillStyle = "rgba(255,255,255,.8)";
    c.fillRect(6 * ratio, at - 16 * ratio, length + 12 * ratio, 24 * ratio);
    c.fillStyle = INK;
    c.fillRect(12 * ratio, at, length, 2 * ratio);
    c.font = `${10 * ratio}px ${font}`;
    c.textBaseline = "bottom";
    c.fillText("1 km", 12 * ratio, at - 2 * ratio);
  }

  function names(c, size, ratio) {
    c.save();
    c.font = `${10.5 * ratio}px ${font}`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    const write = (cells, name, label) => {
      let x = 0, y = 0, n = 0;
      cells.forEach((value, cell) => value === label && ((x += cell % width), (y += Math.floor(cell / width)), n++));
      if (!n) return;
      c.strokeStyle = "rgba(255,255,255,.85)";
      c.lineWidth = 3 * ratio;
      c.strokeText(name, ((x / n) + 0.5) * size, ((y / n) + 0.5) * size);
      c.fillStyle = "#57606a";
      c.fillText(name, ((x / n) + 0.5) * size, ((y / n) + 0.5) * size);
    };
    words.communities.forEach((name, number) => write(community, name.replace(/社区$/, ""), number));
    words.areas.forEach((name, number) => write(area, name, number));
    c.restore();
  }

  function shape(c, kind, x, y, r) {
    c.beginPath();
    if (kind === "circle" || kind === "ring") c.arc(x, y, r, 0, 7);
    else if (kind === "triangle") c.moveTo(x, y - 1.25 * r), c.lineTo(x + 1.15 * r, y + 0.85 * r), c.lineTo(x - 1.15 * r, y + 0.85 * r), c.closePath();
    else if (kind === "square") c.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    else if (kind === "diamond") c.moveTo(x, y - 1.3 * r), c.lineTo(x + 1.3 * r, y), c.lineTo(x, y + 1.3 * r), c.lineTo(x - 1.3 * r, y), c.closePath();
    else c.moveTo(x - r, y - r), c.lineTo(x + r, y + r), c.moveTo(x + r, y - r), c.lineTo(x - r, y + r);
  }

  function paintWorker(c, role, busy, x, y, r) {
    const [kind, colour] = look(role);
    shape(c, kind, x, y, r);
    c.lineWidth = r * (kind === "cross" ? 0.75 : 0.42);
    c.strokeStyle = colour;
    c.fillStyle = busy ? colour : "rgba(255,255,255,.8)";
    if (kind !== "cross") c.fill();
    else if (busy) c.lineWidth = r * 1.1;
    c.globalAlpha = busy ? 1 : 0.6;
    c.stroke();
    c.globalAlpha = 1;
  }

  // One request: what it looks like says what it is waiting for.
  function paintRequest(c, state, x, y, r, unit, age = 0) {
    c.lineWidth = 0.45 * unit;
    c.strokeStyle = c.fillStyle = ["coming", "serving", "done"].includes(state) ? GOOD : MARK;
    const ring = (radius, fill) => {
      c.beginPath();
      c.arc(x, y, radius, 0, 7);
      c.globalAlpha = fill;
      if (fill) c.fill();
      c.globalAlpha = 1;
      c.stroke();
    };
    if (state === "waiting") ring(r, 0.45);
    else if (state === "passed") {
      c.fillStyle = "#ffffff";
      ring(r, 0.85);
      c.lineWidth = 0.6 * unit;
      shape(c, "cross", x, y, 0.5 * r);
      c.stroke();
    } else if (state === "unclear") {
      c.fillStyle = "#ffffff";
      c.setLineDash([unit * 0.8, unit * 0.6]);
      ring(r, 0.85);
      c.setLineDash([]);
    } else if (state === "coming") ring(1.3 * unit, 0);
    else if (state === "serving") ring(1.3 * unit, 1);
    else if (state === "done") {
      c.globalAlpha = 1 - age;
      c.lineWidth = 0.6 * unit;
      c.beginPath();
      c.moveTo(x - 1.2 * unit, y);
      c.lineTo(x - 0.3 * unit, y + unit);
      c.lineTo(x + 1.4 * unit, y - 1.1 * unit);
      c.stroke();
      c.globalAlpha = 1;
    } else if (state === "desk") {
      c.strokeStyle = "#57606a";
      c.lineWidth = 0.3 * unit;
      shape(c, "square", x, y, 0.8 * unit);
      c.stroke();
    }
  }
  const radius = (unit, seconds) => unit * Math.min(1.1 + 0.75 * Math.sqrt(Math.max(seconds, 0) / 3600), 3.6);
  const shake = (n, k) => (((Math.sin(n * 12.9898 + k * 78.233) * 43758.5453) % 1) * 0.7);

  let t = 0, chosen = -1;
  const seenAt = (arm, i) => {
    const size = arm.canvas.width / width, cell = requests.cell[i];
    return [((cell % width) + 0.5) * size, (Math.floor(cell / width) + 0.5) * size];
  };
  const unitOf = (arm) => arm.canvas.width / (arm.canvas.clientWidth > 420 ? 150 : 105);

  function whereIs(arm, worker, at) {
    const count = arm.role.length, k = Math.min(Math.floor(at / EVERY), data.looks - 1);
    const here = arm.cells[k * count + worker];
    if (here < 0) return null;
    const then = k + 1 < data.looks && !still.matches ? arm.cells[(k + 1) * count + worker] : here;
    const share = then < 0 ? 0 : at / EVERY - k, goal = then < 0 ? here : then;
    const between = (from, to) => from + (to - from) * share;
    return [
      between(here % width, goal % width) + 0.5 + shake(worker, 1) * 0.5,
      between(Math.floor(here / width), Math.floor(goal / width)) + 0.5 + shake(worker, 2) * 0.5,
    ];
  }

  function paintArm(arm) {
    if (fit(arm.canvas) || !arm.base) paintBase(arm);
    const c = arm.canvas.getContext("2d"), size = arm.canvas.width / width, unit = unitOf(arm), { lives } = arm;
    c.drawImage(arm.base, 0, 0);
    if (!isOpen(t)) {
      c.fillStyle = "rgba(40,50,95,.13)";
      c.fillRect(0, 0, arm.canvas.width, arm.canvas.height);
    }
    arm.role.forEach((role, worker) => {
      const at = whereIs(arm, worker, t);
      if (!at) return;
      const busy = arm.jobs[worker].some(([from, to]) => from <= t && t < to);
      paintWorker(c, arm.roles[role], busy, at[0] * size, at[1] * size, unit * 0.78);
    });
    const order = ["desk", "done", "serving", "coming", "waiting", "unclear", "passed"];
    const seen = everybody.map((i) => [order.indexOf(stateOf(lives, i, t)), i]).filter(([k]) => k >= 0);
    seen.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
    for (const [k, i] of seen) {
      const [x, y] = seenAt(arm, i);
      if (order[k] === "coming") way(c, arm, i, x, y, size, unit);
      const r = radius(unit, t - lives.reported[i]);
      paintRequest(c, order[k], x, y, r, unit, (t - lives.served[i]) / 1800);
      if (requests.urgencies[lives.urgency[i]] === "emergency" && k > 1) exclaim(c, x, y, r, unit);
    }
    if (chosen >= 0) ringed(c, arm, unit);
  }

  function way(c, arm, i, x, y, size, unit) {
    const from = whereIs(arm, arm.lives.worker[i], t);
    if (!from) return;
    c.strokeStyle = GOOD;
    c.lineWidth = 0.3 * unit;
    c.beginPath();
    c.moveTo(from[0] * size, from[1] * size);
    c.lineTo(x, y);
    c.stroke();
  }

  function exclaim(c, x, y, r, unit) {
    c.fillStyle = INK;
    c.fillRect(x - 0.3 * unit, y - r - 4.4 * unit, 0.6 * unit, 2.4 * unit);
    c.fillRect(x - 0.3 * unit, y - r - 1.5 * unit, 0.6 * unit, 0.7 * unit);
  }

  function ringed(c, arm, unit) {
    const [x, y] = seenAt(arm, chosen);
    for (const [colour, thick] of [["#ffffff", 1.9], [INK, 0.8]]) {
      c.strokeStyle = colour;
      c.lineWidth = thick * unit;
      c.beginPath();
      c.arc(x, y, 6 * unit, 0, 7);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        c.moveTo(x + dx * 6 * unit, y + dy * 6 * unit);
        c.lineTo(x + dx * 9 * unit, y + dy * 9 * unit);
      }
      c.stroke();
    }
  }

  const isWaiting = (arm, i) => ["waiting", "passed", "unclear", "coming"].includes(stateOf(arm.lives, i, t));

  // --- counts, clock, one frame ------------------------------------------------------------
  function count(arm) {
    const { lives } = arm;
    const open = everybody.filter((i) => isWaiting(arm, i)), waiting = open.length;
    const overnight = open.filter((i) => lives.urgency[i] === requests.hours.length - 1 && stateOf(lives, i, t) === "waiting").length;
    let known = 0;
    while (known < arm.answers.length && arm.answers[known].there <= t) known++;
    const waits = arm.answers.slice(0, known).map((one) => one.wait).sort((one, other) => one - other);
    const middle = waits.length ? (waits[(known - 1) >> 1] + waits[known >> 1]) / 2 : null;
    const show = (name, text) => (find(`[data-count=${name}]`, arm.figure).textContent = text);
    show("waiting", waiting);
    show("answered", known);
    find("small", arm.figure).textContent = isOpen(t) ? "" : say("count.overnight", { n: overnight });
    show("median", middle === null ? "–" : duration(middle));
    arm.canvas.setAttribute("aria-label", say("map", { arm: arm.name, time: moment(t), waiting }));
  }

  const ui = {
    play: find(".replay-play"), clock: find(".replay-clock"), hours: find(".replay-hours"), slider: find(".replay-slider"),
    speed: find(".replay-speed select"), next: find(".replay-next"), life: find(".replay-life"), list: find(".replay-list"),
  };
  let counted = -1;
  function draw() {
    arms.forEach(paintArm);
    ui.clock.textContent = moment(t);
    ui.hours.textContent = isOpen(t) ? say("open") : say("closed", { time: clock(routine[0]) });
    ui.slider.value = t;
    ui.slider.setAttribute("aria-valuetext", moment(t));
    find(".replay-still").textContent = say("still", { time: moment(t) });
    if (Math.floor(t / 60) !== counted) {
      arms.forEach(count);
      counted = Math.floor(t / 60);
    }
    if (ui.list.open && !playing) fillList();
  }
  function goTo(moment) {
    t = Math.min(Math.max(moment, 0), END);
    draw();
  }

  // --- playing -----------------------------------------------------------------------------
  let playing = false, last = 0;
  function play(on) {
    playing = on && t < END;
    ui.play.textContent = say(playing ? "pause" : "play");
    ui.play.setAttribute("aria-pressed", String(playing));
    if (playing) {
      last = performance.now();
      requestAnimationFrame(tick);
    } else draw();
  }
  function tick(now) {
    if (!playing) return;
    const rest = still.matches ? 500 : 33;  // who asked for little motion gets two stills a second
    if (now - last >= rest) {
      t = Math.min(t + ((now - last) / 1000) * Number(ui.speed.value) * 60, END);
      last = now;
      draw();
      if (t >= END) return play(false);
    }
    requestAnimationFrame(tick);
  }

  // --- the life of one request -------------------------------------------------------------
  function make(tag, text = "", kind = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  const roleOf = (arm, i) => words.who[arm.number][arm.role[arm.lives.worker[i]]];

  // What happened, as [moment (null for a wait before what follows), words, whether it cost time].
  function events(arm, i) {
    const at = (name) => arm.lives[name][i], told = [], kind = requests.kinds[requests.kind[i]];
    const tell = (when, key, fields, lost = false) => when !== null && told.push([when, say(`event.${key}`, fields), lost]);
    const line = (number) => words.lines[arm.number][number];
    tell(requests.onset[i], "onset");
    if (at("found_by") >= 0) tell(at("reported"), "found", { who: words.finders[at("found_by")] });
    else tell(at("reported"), "reported");
    tell(at("triaged"), "triaged");
    if (at("cleared") !== at("triaged")) tell(at("cleared"), "cleared", { time: duration(at("cleared") - at("triaged")) }, true);
    let since = at("cleared");
    for (let k = 0; k < at("hops").length; k += 2) {
      const [from, when] = at("hops").slice(k, k + 2);
      const key = from < 0 ? "hop_unknown" : kind === "part" ? "hop_part" : "hop";
      tell(when, key, { line: line(from), time: duration(when - since) }, true);
      since = when ?? since;
    }
    const zone = at("line") >= 0 ? arm.zones[at("line")][requests.cell[i]] + 1 : 0;
    tell(at("ready"), zone ? "ready" : "ready_unknown", { line: line(at("line")), zone });
    const parts = partsOf(arm.lives, i);
    for (const part of ["deferred", "off_duty", "queue"])
      if (parts[part] >= 30) told.push([null, say(`event.${part}`, { time: duration(parts[part]) }), true]);
    if (at("dispatch") !== null) tellSending(arm, i, tell, told);
    if (at("arrive") !== null) tell(at("arrive"), "arrive", { time: duration(at("arrive") - at("reported")) });
    tell(at("served"), "served");
    tell(at("desk"), "desk");
    tell(at("attended"), "attended");
    if (at("close") !== null) tell(at("close"), "close", { time: duration(at("close") - at("reported")) });
    tell(at("gone"), "gone");
    if (at("close") === null && at("gone") === null && kind !== "part") told.push([null, say("event.open"), false]);
    if (at("repeats") > 0) told.push([null, say("event.repeats", { n: at("repeats") }), true]);
    return told;
  }
  function tellSending(arm, i, tell, told) {
    const { lives } = arm, from = lives.from[i], here = from === requests.cell[i];
    const fields = { role: roleOf(arm, i), place: place(from), km: kilometres(from, requests.cell[i]) };
    tell(lives.dispatch[i], here ? "dispatch_here" : "dispatch", fields);
    const tier = requests.tiers[lives.tier[i]], key = `event.${tier}`;
    if (key in words.say) told[told.length - 1][1] += (words.lang === "zh" ? "，" : ", ") + say(key);
  }

  // The sentence on what made the difference.
  function whyOf(i) {
    const told = arms.filter((arm) => arm.lives.reported[i] !== null);
    if (told.length < 2) return say("why.unreported");
    const there = arms.filter((arm) => answered(arm, i));
    if (!there.length) return say("why.neither");
    if (there.length === 1) {
      const slow = arms.find((arm) => arm !== there[0]);
      const time = duration(there[0].lives.arrive[i] - there[0].lives.reported[i]);
      return say("why.only", { fast: there[0].name, slow: slow.name, time });
    }
    const { total, cause, size } = differenceOf(i);
    if (Math.abs(total) < 60) return say("why.same");
    const [fast, slow] = total < 0 ? [arms[1], arms[0]] : arms;
    const hops = slow.lives.hops[i];
    const key = cause === "handoff" && !(hops[0] >= 0) ? null : cause === "deferred" && hops.length ? "deferred_handoff" : cause;
    const fields = {
      fast: fast.name, slow: slow.name, line: words.lines[slow.number][hops[0]],
      role: roleOf(fast, i), role_slow: roleOf(slow, i),
      km: kilometres(fast.lives.from[i], requests.cell[i]), km_slow: kilometres(slow.lives.from[i], requests.cell[i]),
    };
    const first = say("why.sooner", { fast: fast.name, time: duration(Math.abs(total)) });
    const space = words.lang === "zh" ? "" : " ";
    const reason = say("why.share", { part: partName(cause), time: duration(size) });
    return first + space + (key ? reason + space + say(`why.${key}`, fields) : reason.replace(/[:：]$/, words.lang === "zh" ? "。" : "."));
  }

  function partsTable(i) {
    const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody();
    head.append(make("th", say("life.stage")), ...arms.map((arm) => make("th", arm.name)));
    const both = arms.map((arm) => (arm.lives.reported[i] === null ? null : partsOf(arm.lives, i)));
    const most = Math.max(1, ...both.flatMap((parts) => (parts ? [...BEFORE, ...AFTER].map((name) => parts[name]) : [0])));
    const cause = both.every(Boolean) && arms.every((arm) => answered(arm, i)) && Math.abs(differenceOf(i).total) >= 60 ? differenceOf(i).cause : "";
    const row = (title, values, kind) => {
      const line = body.insertRow();
      line.className = kind;
      line.append(make("th", title));
      values.forEach((value, number) => {
        const cell = make("td", "", `bar ${number ? "after" : "before"}`), span = make("span"), bar = make("i");
        bar.style.width = kind === "sum" || !value ? "0" : `${Math.max(1, (62 * value) / most)}%`;
        span.append(bar, value === null ? "–" : value ? duration(value) : "0");
        cell.append(span);
        line.append(cell);
      });
    };
    for (const names of [BEFORE, AFTER]) {
      if (names === AFTER && both.some((parts) => parts && sum(parts, AFTER))) row(say("life.after"), [], "after");
      for (const name of names)
        if (both.some((parts) => parts && parts[name] >= 1)) row(partName(name), both.map((parts) => parts && parts[name]), name === cause ? "main" : "");
      if (names === BEFORE) row(say("life.total"), both.map((parts, k) => (parts && answered(arms[k], i) ? sum(parts, BEFORE) : null)), "sum");
    }
    return table;
  }

  function aboutOf(i) {
    const kind = requests.kinds[requests.kind[i]], first = arms.find((arm) => arm.lives.reported[i] !== null);
    const about = [say("life.place", { community: words.communities[community[requests.cell[i]]] })];
    if (area[requests.cell[i]] >= 0) about.push(words.areas[area[requests.cell[i]]]);
    about.push(moment(first.lives.reported[i]));
    if (`life.${kind}` in words.say) about.push(say(`life.${kind}`));
    if (requests.vulnerable[i]) about.push(say("life.vulnerable"));
    const title = say("life.title", { domain: words.domains[first.lives.domain[i]], urgency: words.urgencies[first.lives.urgency[i]] });
    return [title, about.join(" · ")];
  }

  function choose(i, more = null) {
    chosen = i;
    ui.life.replaceChildren();
    ui.life.hidden = i < 0;
    find(".replay-hint").hidden = i >= 0;
    if (i >= 0) {
      const [title, about] = aboutOf(i), shut = make("button", say("life.close"), "close");
      shut.type = "button";
      shut.addEventListener("click", () => (choose(-1), ui.next.focus()));
      ui.life.append(make("h4", title), make("p", about, "about"), shut, make("p", whyOf(i), "why"));
      ui.life.append(make("h5", say("life.parts")), partsTable(i), wallOf(i), make("h5", say("life.events")), paths(i), moreOf(i, more));
    }
    draw();
  }
  function wallOf(i) {
    const office = arms.some((arm) => arm.lives.reported[i] !== null && sum(partsOf(arm.lives, i), ["unclear", "handoff"]) > 3600);
    return make("p", office ? say("life.wall") : "", "wall");
  }
  function paths(i) {
    const both = make("div", "", "replay-paths");
    for (const arm of arms) {
      const side = make("div", "", arm.number ? "after" : "before"), list = make("ol");
      side.append(make("h5", arm.name));
      if (arm.lives.reported[i] === null) side.append(make("p", say("life.never")));
      else for (const [when, text, lost] of events(arm, i)) {
        const item = make("li", "", lost ? "lost" : ""), time = make("time", when === null ? "" : moment(when));
        item.append(time, make("span", text));
        list.append(item);
      }
      side.append(list);
      both.append(side);
    }
    return both;
  }
  function moreOf(i, more) {
    const bar = make("p", "", "more"), first = Math.min(...arms.map((arm) => arm.lives.reported[i] ?? Infinity));
    const buttons = [[say("next_of"), more ?? nextOf]];
    if (first >= 0 && first <= END) buttons.unshift([say("life.see", { time: moment(first + 60) }), () => (goTo(first + 60), arms[0].canvas.scrollIntoView({ block: "center" }))]);
    for (const [text, act] of buttons) {
      const button = make("button", text);
      button.type = "button";
      button.addEventListener("click", act);
      bar.append(button);
    }
    return bar;
  }

  // --- where it mattered -------------------------------------------------------------------
  const parted = compared.filter((one) => Math.abs(one.total) >= 60);
  const groups = new Map();
  for (const one of parted) {
    const key = `${one.cause}/${one.total < 0}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  // The largest of every kind first, then the second largest of every kind, and so on.
  const tour = parted
    .map((one) => [groups.get(`${one.cause}/${one.total < 0}`).indexOf(one), one])
    .sort((one, other) => one[0] - other[0] || Math.abs(other[1].total) - Math.abs(one[1].total))
    .map(([, one]) => one.i);
  let stop = -1;
  function showOne(i, more) {
    play(false);
    t = Math.min(Math.max(arms[0].lives.reported[i] + 60, 0), END);
    choose(i, more);
    ui.life.focus({ preventScroll: true });
    ui.life.scrollIntoView({ block: "nearest" });
  }
  function nextOf() {
    if (!tour.length) return;
    stop = (stop + 1) % tour.length;
    showOne(tour[stop], nextOf);
  }

  function fillTally() {
    const place = find(".replay-tally"), right = arms[1].name;
    const sooner = parted.filter((one) => one.total < 0).length;
    const counts = { n: compared.length, fast: sooner, slow: parted.length - sooner, same: compared.length - parted.length, right };
    const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody();
    head.append(make("th", say("tally.cause")), make("th", say("tally.sooner", { right })), make("th", say("tally.later", { right })));
    const size = (name) => (groups.get(`${name}/true`)?.length ?? 0) + (groups.get(`${name}/false`)?.length ?? 0);
    for (const name of BEFORE.filter(size).sort((one, other) => size(other) - size(one))) {
      const row = body.insertRow();
      row.append(make("th", partName(name)));
      for (const side of [true, false]) row.insertCell().append(tallyButton(name, side, right));
    }
    place.append(make("h4", say("tally.title")), make("p", say("tally.words", counts)), table);
  }
  function tallyButton(name, side, right) {
    const members = groups.get(`${name}/${side}`) ?? [];
    if (!members.length) return document.createTextNode("0");
    const button = make("button", members.length);
    let at = -1;
    const next = () => showOne(members[(at = (at + 1) % members.length)].i, next);
    button.type = "button";
    button.setAttribute("aria-label", `${members.length}. ` + say("tally.show", { part: partName(name), side: say(side ? "tally.sooner" : "tally.later", { right }) }));
    button.addEventListener("click", next);
    return button;
  }

  // --- the list, for those who use keys ----------------------------------------------------
  function fillList() {
    const since = (i) => Math.min(...arms.filter((arm) => isWaiting(arm, i)).map((arm) => arm.lives.reported[i]));
    const rows = everybody.filter((i) => arms.some((arm) => isWaiting(arm, i))).sort((one, other) => since(one) - since(other)).slice(0, 12);
    const items = rows.map((i) => {
      const [title, about] = aboutOf(i), item = make("li"), button = make("button", `${title} · ${about}`);
      button.type = "button";
      button.append(make("small", arms.map((arm) => inList(arm, i)).join(" · ")));
      button.addEventListener("click", () => (choose(i), ui.life.scrollIntoView({ block: "nearest" }), ui.life.focus({ preventScroll: true })));
      item.append(button);
      return item;
    });
    find("ul", ui.list).replaceChildren(...(items.length ? items : [make("li", say("list.empty"))]));
  }
  function inList(arm, i) {
    const reported = arm.lives.reported[i], there = arm.lives.arrive[i];
    if (reported === null || reported > t) return say("list.away", { arm: arm.name });
    if (there !== null && there <= t) return say("list.there", { arm: arm.name, time: duration(there - reported) });
    return say("list.waits", { arm: arm.name, time: duration(t - reported) });
  }

  // --- legend, zones, hands and keys -------------------------------------------------------
  function fillLegend() {
    const place = find(".replay-legend");
    const add = (paint, text) => {
      const item = make("span"), canvas = make("canvas"), c = canvas.getContext("2d");
      canvas.width = canvas.height = 54;
      paint(c);
      canvas.setAttribute("aria-hidden", "true");
      item.append(canvas, text);
      place.append(item);
    };
    place.append(make("span", say("legend.requests"), "head"));
    for (const state of ["waiting", "passed", "unclear", "coming", "serving", "done", "desk"])
      add((c) => paintRequest(c, state, 27, 27, 15, 10), say(`legend.${state}`));
    add((c) => (paintRequest(c, "waiting", 27, 40, 9, 7), exclaim(c, 27, 40, 9, 7)), say("legend.urgent"));
    place.append(make("span", `${say("legend.workers")} (${say("legend.busy")})`, "head"));
    const shown = new Set(arms.flatMap((arm) => arm.role.map((role) => arm.roles[role])));
    arms[0].roles.forEach((role, number) => shown.has(role) && add((c) => paintWorker(c, role, true, 27, 27, 14), words.roles[0][number]));
  }
  for (const arm of arms) {
    const place = find(".replay-zones", arm.figure), n = arm.lines.reduce((total, line) => total + line.zones, 0);
    place.textContent = say(arm.lines.length > 1 ? "zones_many" : "zones_one", { n, lines: arm.lines.length }) + " ";
    if (arm.lines.length > 1) {
      const choice = make("select");
      choice.setAttribute("aria-label", place.textContent);
      arm.lines.forEach((line, number) => choice.append(new Option(`${words.lines[arm.number][number]} (${line.zones})`, number)));
      choice.addEventListener("change", () => ((arm.line = Number(choice.value)), (arm.base = null), draw()));
      place.append(choice);
    }
    arm.canvas.addEventListener("click", (event) => {
      const box = arm.canvas.getBoundingClientRect(), scale = arm.canvas.width / box.width;
      const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      let best = -1, nearest = 22 * scale;
      for (const i of everybody) {
        if (!stateOf(arm.lives, i, t)) continue;
        const [atX, atY] = seenAt(arm, i), far = Math.hypot(atX - x, atY - y);
        if (far < nearest) (best = i), (nearest = far);
      }
      choose(best);
    });
  }
  ui.play.addEventListener("click", () => play(!playing));
  ui.next.addEventListener("click", nextOf);
  ui.slider.addEventListener("input", () => goTo(Number(ui.slider.value)));
  ui.list.addEventListener("toggle", () => ui.list.open && fillList());
  const faster = (by) => (ui.speed.selectedIndex = Math.min(Math.max(ui.speed.selectedIndex + by, 0), ui.speed.length - 1));
  const KEYS = {
    " ": () => play(!playing), ArrowRight: () => goTo(t + 900), ArrowLeft: () => goTo(t - 900), Home: () => goTo(0), End: () => goTo(END),
    "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1), n: nextOf, N: nextOf, Escape: () => choose(-1),
  };
  root.addEventListener("keydown", (event) => {
    const tag = event.target.tagName, act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || tag === "SELECT") return;
    if (event.key === " " && (tag === "BUTTON" || tag === "SUMMARY")) return;
    event.preventDefault();
    act();
  });

  // nights on the slider
  const stops = [];
  for (let at = 0, open = isOpen(0), from = 0; at <= END; at += 300)
    if (isOpen(at) !== open || at + 300 > END) {
      const colour = open ? "#e9dfc4" : "#aab0c4";
      stops.push(`${colour} ${(100 * from) / END}% ${(100 * at) / END}%`);
      [open, from] = [isOpen(at), at];
    }
  ui.slider.style.setProperty("--nights", `linear-gradient(90deg, ${stops.join(", ")})`);

  fillLegend();
  fillTally();
  new ResizeObserver(() => (arms.forEach((arm) => (arm.base = null)), draw())).observe(find(".replay-maps"));
  document.fonts.ready.then(() => (arms.forEach((arm) => (arm.base = null)), draw()));
  draw();
  root.dataset.ready = "true";
})();
