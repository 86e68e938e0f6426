"""Category codes printed without their archive: ``CL`` stands for ``cs.CL``."""

from __future__ import annotations

# In this order: a code that several archives use is taken from the first that has it, computing before mathematics,
# because the pages that print bare codes are pages of computing.
_CODES = {
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC SD SE SI SY",
    "stat": "AP CO ME ML OT TH",
    "eess": "AS IV SP",
    "math": "AC AG AT CA CT DG FA GM GN HO KT MG MP NT OA OC PR QA RA RT SG ST",
    "q-bio": "BM CB MN NC PE QM TO",
    "q-fin": "CP EC MF PM RM TR",
    "econ": "EM",
    "astro-ph": "EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "physics": (
        "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph geo-ph "
        "hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph"
    ),
    "nlin": "AO CD CG PS SI",
}
#: Archives that are a category themselves.
_WHOLE = "gr-qc hep-ex hep-lat hep-ph hep-th math-ph nucl-ex nucl-th quant-ph"

_BY_CODE = {code: code for code in _WHOLE.split()}
for _archive, _codes in _CODES.items():
    for _code in _codes.split():
        _BY_CODE.setdefault(_code, f"{_archive}.{_code}")


def category(code: str) -> str | None:
    """The full category of a bare code, ``None`` when no archive uses it."""
    return _BY_CODE.get(code)
