"""Every transform, by its entity; a new module in this folder is found by itself."""

from importlib import import_module
from pkgutil import iter_modules

from music_assets import transforms
from music_assets.transforms.rows import Transform

TRANSFORMS: dict[str, Transform] = {
    each.entity: each
    for module in iter_modules(transforms.__path__, f"{transforms.__name__}.")
    if module.name != __name__
    for each in vars(import_module(module.name)).values()
    if isinstance(each, Transform)
}
