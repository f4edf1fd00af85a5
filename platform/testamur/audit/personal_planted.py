"""Made-up personal data, planted among ordinary words, with which a search can be tried out."""

from __future__ import annotations

import numpy as np

from testamur.audit.personal_kinds import KINDS, Kind
from testamur.contracts.raw_cells import RawColumn

_AROUND = ("{0}", "call me: {0}", "{0}, since May", "ref ({0}) filed", "Old entry {0}; see file", "id={0}.")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SHAPES = {  # by kind: 9 = a digit, A = a letter, everything else as it is
    "at_vnr": ("9999DDMMYY",),
    "be_nn": ("YYMMDD99999",),
    "bg_egn": ("YYMMDD9999",),
    "br_cpf": ("99999999999", "999.999.999-99"),
    "ca_sin": ("999999999", "999 999 999"),
    "card": ("4999999999999999", "4999 9999 9999 9999", "5199-9999-9999-9999", "349999999999999"),
    "ch_ssn": ("7569999999999", "756.9999.9999.99"),
    "cn_ric": ("11010519YYMMDD9999",),
    "cz_rc": ("YYMMDD9999", "YYMMDD/9999"),
    "de_idnr": ("99999999999", "99 999 999 999"),
    "dk_cpr": ("DDMMYY-9999", "DDMMYY9999"),
    "es_dni": ("99999999A",),
    "fi_hetu": ("DDMMYY-999A",),
    "fr_nir": ("1YYMM7599999999",),
    "gb_nhs": ("999 999 9999", "9999999999"),
    "hr_oib": ("99999999999",),
    "ie_pps": ("9999999A",),
    "in_aadhaar": ("9999 9999 9999", "999999999999"),
    "it_codicefiscale": ("AAAAAAYYHDDH501A",),
    "kr_rrn": ("YYMMDD-1999999",),
    "nl_bsn": ("999999999",),
    "no_fodselsnummer": ("DDMMYY99999",),
    "pl_pesel": ("YYMMDD99999",),
    "pt_nif": ("299999999",),
    "ro_cnp": ("1YYMMDD019999",),
    "se_personnummer": ("YYMMDD-9999",),
    "tr_tckimlik": ("19999999999",),
    "us_ssn": ("999-99-9999",),
    "za_idnr": ("YYMMDD9999089",),
    "ip": ("19.99.10.99", "2001:db8::A999:99"),
    "mac": ("00:1B:99:99:3C:99", "00-1b-99-99-3c-99"),
    "phone": ("+49 30 9999999", "+1 (999) 999-9999", "(999) 999-9999", "999-999-9999", "+4479999999"),
    "iban": ("DE99999999999999999999", "DE99 9999 9999 9999 9999 99", "AT999999999999999999"),
    "email": ("a9.AA@aa9.example.org", "aa_99+a@aaa.de"),
}  # fmt: skip
_TRIES = 20_000


def plant(kind: Kind, n_cells: int, rng: np.random.Generator) -> RawColumn:
    """A column of texts with one valid value of the kind in each cell, in different surroundings."""
    texts = []
    for i in range(n_cells):
        around = _AROUND[i % len(_AROUND)]
        texts.append(around.format(_valid(kind, rng)))
    return RawColumn("planted", "text", np.array(texts, dtype=object), np.arange(n_cells, dtype=np.int32))


def planted_kinds() -> tuple[Kind, ...]:
    """The kinds of which values can be made: all of them."""
    return tuple(kind for kind in KINDS if kind.name in _SHAPES)


def _valid(kind: Kind, rng: np.random.Generator) -> str:
    shapes = _SHAPES[kind.name]
    shape = shapes[int(rng.integers(len(shapes)))]
    for _ in range(_TRIES):
        text = _filled(shape, rng)
        if kind.holds(text):
            return text
    raise RuntimeError(f"no valid {kind.label} was found in {_TRIES} tries")


def _filled(shape: str, rng: np.random.Generator) -> str:
    text = shape
    for mark, top in (("YY", 95), ("MM", 12), ("DD", 28)):
        text = text.replace(mark, f"{int(rng.integers(40 if mark == 'YY' else 1, top + 1)):02d}")
    drawn = rng.integers(0, 10, len(text)), rng.integers(0, len(_LETTERS), len(text))
    return "".join(
        str(drawn[0][i]) if c == "9" else _LETTERS[drawn[1][i]] if c == "A" else c for i, c in enumerate(text)
    )
