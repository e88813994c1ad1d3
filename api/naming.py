"""How names in answers are written: in camel case, as the clients of old read them."""

from functools import lru_cache

from pydantic.alias_generators import to_camel

#: An answer's names are few and come again with every row.
camel_name = lru_cache(maxsize=4096)(to_camel)
