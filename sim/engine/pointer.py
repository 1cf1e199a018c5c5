"""A named tuple of arrays as one pointer for compiled code.

By value such a tuple is some two hundred numbers for every call that is not inlined.
"""

import hashlib
from typing import Any, NamedTuple

import llvmlite.ir as ir
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
_DATA, _SHAPE = 4, 5  # words of an array's description: meminfo, parent, size, itemsize, data
_DIMENSIONS = 3
_SLOT = _SHAPE + 2 * _DIMENSIONS  # words kept for each array


class Borrowed(types.Type):  # type: ignore[misc]
    """Pointer to the descriptions of a named tuple's arrays, which the caller keeps alive."""

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays
        mark = hashlib.sha256(str(arrays).encode()).hexdigest()[:8]
        super().__init__(name=f"Borrowed{mark}")

    @property
    def key(self) -> Any:
        return self.arrays


register_model(Borrowed)(models.OpaqueModel)


def by_pointer[T: type](cls: T) -> T:
    """Have compiled code take this named tuple of arrays as one pointer."""

    @typeof_impl.register(cls)
    def _(value: Any, context: Any) -> Borrowed:
        members = tuple(typeof_impl(member, context) for member in value)
        return Borrowed(types.NamedTuple(members, cls))

    return cls


@infer_getattr
class _Members(AttributeTemplate):  # type: ignore[misc]
    key = Borrowed

    def generic_resolve(self, borrowed: Borrowed, name: str) -> Any:
        if name in borrowed.arrays.fields:
            return borrowed.arrays[borrowed.arrays.fields.index(name)]
        return None


@unbox(Borrowed)
def _describe(borrowed: Borrowed, value: Any, c: Any) -> NativeValue:
    """Describe the arrays one after another on the stack of the outermost call."""
    count = len(borrowed.arrays)
    block = cgutils.alloca_once(c.builder, _WORD, size=count * _SLOT)
    index = ir.IntType(64)
    with cgutils.for_range(c.builder, ir.Constant(index, count), intp=index) as loop:
        item = _item(c, value, loop.index)
        at = c.builder.mul(loop.index, ir.Constant(index, _SLOT))
        place = c.builder.bitcast(c.builder.gep(block, [at]), c.pyapi.voidptr)
        c.pyapi.numba_array_adaptor(item, place)
    return NativeValue(c.builder.bitcast(block, c.pyapi.voidptr))


def _item(c: Any, value: Any, index: Any) -> Any:
    kind = ir.FunctionType(c.pyapi.pyobj, [c.pyapi.pyobj, _WORD])
    function = cgutils.get_or_insert_function(c.builder.module, kind, "PyTuple_GetItem")
    return c.builder.call(function, [value, index])


@lower_getattr_generic(Borrowed)
def _member(context: Any, builder: Any, borrowed: Borrowed, block: Any, name: str) -> Any:
    """Load an array's description; nobody counts references to it."""
    index = borrowed.arrays.fields.index(name)
    array = borrowed.arrays[index]
    words = builder.bitcast(block, _WORD.as_pointer())
    invariant = builder.module.add_metadata([])

    def load(word: int, kind: Any = _WORD) -> Any:
        place = builder.gep(words, [ir.Constant(_WORD, index * _SLOT + word)])
        found = builder.load(builder.bitcast(place, kind.as_pointer()))
        found.set_metadata("invariant.load", invariant)
        return found

    struct = context.get_value_type(array)
    itemsize = ir.Constant(_WORD, context.get_abi_sizeof(context.get_data_type(array.dtype)))
    shape = [load(_SHAPE + axis) for axis in range(array.ndim)]
    strides = [load(_SHAPE + array.ndim + axis) for axis in range(array.ndim)]
    if array.layout == "C":
        strides[-1] = itemsize
    result = ir.Constant(struct, None)
    result = builder.insert_value(result, load(2), 2)
    result = builder.insert_value(result, itemsize, 3)
    result = builder.insert_value(result, load(_DATA, struct.elements[4]), 4)
    for axis in range(array.ndim):
        result = builder.insert_value(result, shape[axis], [5, axis])
        result = builder.insert_value(result, strides[axis], [6, axis])
    return result
