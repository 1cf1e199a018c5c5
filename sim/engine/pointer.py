"""A named tuple of arrays that compiled code takes as one pointer.

By value it is some two hundred numbers, in every call that the compiler does not inline. So
the outermost call lays the descriptions of the arrays (address, shape, strides) one after
another on its stack and hands on where they begin; a member is loaded when it is read. The
caller keeps the arrays alive and compiled code can not replace them, so nobody counts
references, and a description stays what it is throughout a call. Uncompiled code has the
named tuple itself.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    models,
    register_model,
    typeof_impl,
    unbox,
)

_WORD = ir.IntType(64)
# Numba's description of an array, in words: owner, parent, size, size of an item, address,
# shape, strides; in a struct of seven members
_SIZE, _ITEM, _ADDRESS, _SHAPE, _STRIDES = 2, 3, 4, 5, 6
_DIMENSIONS = 3  # at most
_SLOT = _SHAPE + 2 * _DIMENSIONS  # words kept for each array


class Borrowed(types.Type):
    """Pointer to the descriptions of a named tuple's arrays.

    Attributes
    ----------
    arrays : the type of the named tuple
    """

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays
        # a short name: it is part of the name of every compiled function
        mark = hashlib.sha256(str(arrays).encode()).hexdigest()[:16]
        super().__init__(name=f"Borrowed{mark}")

    @property
    def key(self) -> Any:
        """What makes two of them the same type."""
        return self.arrays


register_model(Borrowed)(models.OpaqueModel)


def by_pointer[T: type](cls: T) -> T:
    """Have compiled code take this named tuple of arrays, of at most 3 dimensions, so."""

    @typeof_impl.register(cls)
    def _(value: Any, context: Any) -> Borrowed:
        members = tuple(typeof_impl(member, context) for member in value)
        for name, member in zip(cls._fields, members, strict=True):  # type: ignore[attr-defined]
            if not isinstance(member, types.Array) or member.ndim > _DIMENSIONS:
                raise TypeError(f"{name}: {member}; allowed: an array of at most 3 dimensions")
        return Borrowed(types.NamedTuple(members, cls))

    return cls


@infer_getattr
class _Members(AttributeTemplate):
    key = Borrowed

    def generic_resolve(self, value: Any, attr: str) -> Any:  # type: ignore[override]
        """Type of a member, ``None`` where there is none of that name."""
        return dict(zip(value.arrays.fields, value.arrays, strict=True)).get(attr)


@unbox(Borrowed)
def _describe(borrowed: Borrowed, value: Any, c: Any) -> NativeValue:
    """Describe the arrays on the stack of the outermost call."""
    count = len(borrowed.arrays)
    block = cgutils.alloca_once(c.builder, _WORD, size=count * _SLOT)
    with cgutils.for_range(c.builder, _word(count), intp=_WORD) as loop:
        place = c.builder.gep(block, [c.builder.mul(loop.index, _word(_SLOT))])
        array = _item(c, value, loop.index)
        c.pyapi.numba_array_adaptor(array, c.builder.bitcast(place, c.pyapi.voidptr))
    return NativeValue(c.builder.bitcast(block, c.pyapi.voidptr))


def _word(value: int) -> ir.Constant:
    return ir.Constant(_WORD, value)


def _item(c: Any, value: Any, index: Any) -> Any:
    """One of a Python tuple's items, borrowed."""
    kind = ir.FunctionType(c.pyapi.pyobj, [c.pyapi.pyobj, _WORD])
    function = cgutils.get_or_insert_function(c.builder.module, kind, "PyTuple_GetItem")
    return c.builder.call(function, [value, index])


@lower_getattr_generic(Borrowed)
def _member(context: Any, builder: Any, borrowed: Borrowed, block: Any, name: str) -> Any:
    """Load an array's description; its owner and parent stay null."""
    index = borrowed.arrays.fields.index(name)
    array = borrowed.arrays[index]
    struct = context.get_value_type(array)
    item = _word(context.get_abi_sizeof(context.get_data_type(array.dtype)))
    load = _loader(builder, block, index * _SLOT)
    strides = [load(_SHAPE + array.ndim + axis, _WORD) for axis in range(array.ndim)]
    if array.layout == "C":
        strides[-1] = item
    found = ir.Constant(struct, None)
    found = builder.insert_value(found, load(_SIZE, _WORD), _SIZE)
    found = builder.insert_value(found, item, _ITEM)
    found = builder.insert_value(found, load(_ADDRESS, struct.elements[_ADDRESS]), _ADDRESS)
    for axis in range(array.ndim):
        found = builder.insert_value(found, load(_SHAPE + axis, _WORD), [_SHAPE, axis])
        found = builder.insert_value(found, strides[axis], [_STRIDES, axis])
    return found


def _loader(builder: Any, block: Any, first: int) -> Callable[[int, Any], Any]:
    """Loads words of one description, which do not change while compiled code runs."""
    words = builder.bitcast(block, _WORD.as_pointer())
    unchanging = builder.module.add_metadata([])

    def load(word: int, kind: Any) -> Any:
        place = builder.gep(words, [_word(first + word)])
        found = builder.load(builder.bitcast(place, kind.as_pointer()))
        found.set_metadata("invariant.load", unchanging)
        return found

    return load
