"""Why someone looks: HL7 v3 PurposeOfUse codes, what a role usually looks for, and what must be accounted for."""

from enum import StrEnum
from functools import lru_cache


class PurposeOfUse(StrEnum):
    """Codes of the value set v3-PurposeOfUse."""

    TREAT = "TREAT"
    CAREMGT = "CAREMGT"
    ETREAT = "ETREAT"
    BTG = "BTG"
    POPHLTH = "POPHLTH"
    HPAYMT = "HPAYMT"
    HOPERAT = "HOPERAT"
    HCOMPL = "HCOMPL"
    HQUALIMP = "HQUALIMP"
    HSYSADMIN = "HSYSADMIN"
    PATADMIN = "PATADMIN"
    PATRQT = "PATRQT"
    FAMRQT = "FAMRQT"
    PWATRNY = "PWATRNY"
    DONAT = "DONAT"
    GOV = "GOV"
    HDECD = "HDECD"
    HLEGAL = "HLEGAL"
    HMARKT = "HMARKT"
    HRESCH = "HRESCH"
    PUBHLTH = "PUBHLTH"
    DISASTER = "DISASTER"
    THREAT = "THREAT"


#: Neither treatment, payment and operations, nor at the person's own request: 45 CFR 164.528(a)(1) exempts those, and
#: the rest (164.512 above all) is listed in the accounting of disclosures, wherever HL7 files the code.
ACCOUNTED = frozenset(
    {
        PurposeOfUse.DONAT,
        PurposeOfUse.GOV,
        PurposeOfUse.HDECD,
        PurposeOfUse.HLEGAL,
        PurposeOfUse.HMARKT,
        PurposeOfUse.HRESCH,
        PurposeOfUse.PUBHLTH,
        PurposeOfUse.DISASTER,
        PurposeOfUse.THREAT,
    }
)

#: What a role looks for unless the request says otherwise; of several roles the first listed here counts.
USUAL = {
    "doctor": PurposeOfUse.TREAT,
    "nurse": PurposeOfUse.TREAT,
    "therapist": PurposeOfUse.TREAT,
    "counselor": PurposeOfUse.TREAT,
    "finance_billing": PurposeOfUse.HPAYMT,
    "receptionist": PurposeOfUse.PATADMIN,
    "privacy_officer": PurposeOfUse.HCOMPL,
    "auditor": PurposeOfUse.HCOMPL,
    "system": PurposeOfUse.HSYSADMIN,
    "patient": PurposeOfUse.PATRQT,
}


@lru_cache(maxsize=1024)
def usual_purpose(roles: frozenset[str]) -> PurposeOfUse:
    """Return what holders of ``roles`` look for as a rule: operations when nothing else is known."""
    return next((purpose for role, purpose in USUAL.items() if role in roles), PurposeOfUse.HOPERAT)
