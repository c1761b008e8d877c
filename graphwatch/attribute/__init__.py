"""Agencies among a pile-on's accounts, and who controls them."""

from graphwatch.attribute.agencies import Attribution, attribute_agencies

__all__ = ["Attribution", "attribute_agencies"]
