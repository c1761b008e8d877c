"""What runs found of one account or one agency over time, beside base rates."""

from graphwatch.profiles.accounts import describe_account, list_accounts
from graphwatch.profiles.agencies import describe_agency, list_agencies
from graphwatch.profiles.profile import AccountProfile, AgencyProfile, json_schema
from graphwatch.profiles.runs import Combined, Run, combine

__all__ = [
    "AccountProfile",
    "AgencyProfile",
    "Combined",
    "Run",
    "combine",
    "describe_account",
    "describe_agency",
    "json_schema",
    "list_accounts",
    "list_agencies",
]
