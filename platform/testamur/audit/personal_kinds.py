"""Kinds of personal data that cells can be recognised to hold, by a pattern and a checksum if there is one.

Numbers of states, accounts and cards are verified by python-stdnum, which needs no download. Names of
people in running text cannot be recognised this way; headings of columns are looked at instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from ipaddress import ip_address

_DIGITS = r"(?<![\w.+,-])\d(?:[ .-]?\d){{{0}}}(?![\w]|[.,]\d|-\d)"  # a run of digits, with or without breaks


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data.

    Attributes:
        name: Slug; a measure is named ``{name}_share``.
        label: As printed.
        pattern: What a candidate looks like.
        holds: Whether a candidate's checksum and form hold.
        chance: Share of numbers of the same form that hold by accident, at most.
        needs: A character that every candidate has; empty: none. Columns without it are not searched.
        of_numbers: True where a column of plain numbers may hold it.
        has_letters: True where it may hold a letter too: it can be shorter than nine digits in a row.
    """

    name: str
    label: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    chance: float = 0.0
    needs: str = ""
    of_numbers: bool = False
    has_letters: bool = False


def _always(_: str) -> bool:
    return True


def _is_address(text: str) -> bool:
    try:
        return not ip_address(text).is_unspecified
    except ValueError:
        return False


def _is_one_number(text: str) -> bool:
    """False for a moment or several numbers in a row, whose breaks differ: 2024-01-05 10:30."""
    return len({c for c in text if not c.isalnum()}) <= 1 and not re.match(r"\d{4}-\d{2}-\d{2}", text)


def _is_card(text: str) -> bool:
    """Luhn's checksum over 13 to 19 digits that begin as a card network's do (ISO/IEC 7812)."""
    if not _is_one_number(text):
        return False
    digits = [int(c) for c in text if c.isdigit()]
    start = "".join(map(str, digits[:4]))
    if not re.match(r"4|5[1-5]|2[2-7]|3[47]|3[068]|6(?:011|5|4[4-9]|2)|35", start):
        return False
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_phone(text: str) -> bool:
    """7 to 15 digits (ITU-T E.164), not all the same."""
    digits = [c for c in text if c.isdigit()]
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2


def _by_checksum(module: str, *, strict: bool = False) -> Callable[[str], bool]:
    @cache
    def is_valid() -> Callable[[str], bool]:
        return import_module(f"stdnum.{module}").is_valid  # type: ignore[no-any-return]

    def holds(text: str) -> bool:
        if strict and not _is_one_number(text):
            return False
        try:
            return bool(is_valid()(text))
        except (LookupError, ValueError):  # tables of birth places have gaps: then the number is not theirs
            return False

    return holds


NATIONAL = (  # label, module of python-stdnum, digits, pattern of other forms, chance on random digits
    ("Austrian social-security number", "at.vnr", 10, "", 0.1),
    ("Belgian national number", "be.nn", 11, "", 0.01),
    ("Brazilian CPF", "br.cpf", 11, r"\d{3}\.\d{3}\.\d{3}-\d{2}", 0.02),
    ("British NHS number", "gb.nhs", 10, "", 0.1),
    ("Bulgarian EGN", "bg.egn", 10, "", 0.02),
    ("Canadian SIN", "ca.sin", 9, "", 0.1),
    ("Chinese resident number", "cn.ric", 18, r"\b\d{17}[\dX]\b", 0.01),
    ("Croatian OIB", "hr.oib", 11, "", 0.1),
    ("Czech birth number", "cz.rc", 10, r"\b\d{6}/\d{3,4}\b", 0.03),
    ("Danish CPR number", "dk.cpr", 10, r"\b\d{6}-\d{4}\b", 0.05),
    ("Dutch BSN", "nl.bsn", 9, "", 0.1),
    ("Finnish HETU", "fi.hetu", 0, r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-Z]\b", 0.01),
    ("French NIR", "fr.nir", 15, "", 0.02),
    ("German tax number", "de.idnr", 11, "", 0.01),
    ("Indian Aadhaar", "in_.aadhaar", 12, "", 0.1),
    ("Irish PPS number", "ie.pps", 0, r"\b\d{7}[A-W][A-I]?\b", 0.06),
    (
        "Italian fiscal code",
        "it.codicefiscale",
        0,
        r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
        0.05,
    ),
    ("Korean resident number", "kr.rrn", 13, r"\b\d{6}-\d{7}\b", 0.01),
    ("Norwegian birth number", "no.fodselsnummer", 11, "", 0.01),
    ("Polish PESEL", "pl.pesel", 11, "", 0.03),
    ("Portuguese NIF", "pt.nif", 9, "", 0.1),
    ("Romanian CNP", "ro.cnp", 13, "", 0.01),
    ("South African ID number", "za.idnr", 13, "", 0.01),
    ("Spanish DNI or NIE", "es.dni", 0, r"\b\d{8}-?[A-Z]\b", 0.05),
    ("Swedish personal number", "se.personnummer", 10, r"\b(?:\d{2})?\d{6}[-+]\d{4}\b", 0.02),
    ("Swiss AHV number", "ch.ssn", 13, r"\b756\.\d{4}\.\d{4}\.\d{2}\b", 0.01),
    ("Turkish identity number", "tr.tckimlik", 11, "", 0.02),
    ("US social-security number", "us.ssn", 0, r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", 0.0),
)


def _national(label: str, module: str, n_digits: int, other: str, chance: float) -> Kind:
    forms = [other] if other else []
    if n_digits:
        forms.insert(0, _DIGITS.format(n_digits - 1))
    name = module.replace("_", "").replace(".", "_")
    pattern = re.compile("|".join(forms))
    return Kind(
        name,
        label,
        pattern,
        _by_checksum(module, strict=not other),
        chance,
        of_numbers=n_digits > 0,
        has_letters=bool(other),
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        "email",
        "e-mail address",
        re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z]{2,24}\b"),
        _always,
        needs="@",
    ),
    Kind(
        "iban",
        "bank account (IBAN)",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        _by_checksum("iban"),
        0.02,
    ),
    Kind("card", "payment card", re.compile(_DIGITS.format("12,18")), _is_card, 0.1, of_numbers=True),
    Kind(
        "ip",
        "internet address (IP)",
        re.compile(
            r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)"
            r"|(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])"
        ),
        _is_address,
        0.0,
    ),
    Kind(
        "mac",
        "device address (MAC)",
        re.compile(r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b"),
        _always,
    ),
    Kind(
        "phone",
        "phone number",
        re.compile(
            r"(?<![\w.+])(?:\+|00)[1-9]\d{0,2}[ ./()-]{0,2}\d(?:[ ./()-]{0,2}\d){5,12}(?!\w)"
            r"|(?<![\w.])\(0?\d{2,4}\) ?\d{3,4}[ -]?\d{3,4}(?!\w)"
            r"|(?<![\w.-])\d{3}-\d{3}-\d{4}(?![\w-])"
            r"|(?<![\w.-])0\d{2,4}[ /-]\d{3,4}[ -]?\d{2,5}(?![\w.-])"
        ),
        _is_phone,
    ),
    *(_national(*row) for row in NATIONAL),
)

_HEADINGS = re.compile(
    r"""(?<![a-z])(?:
    (?:first|last|middle|given|family|full|patient|customer|student|user|maiden)[ _.-]?names?
    |surnames?|^name$
    |vorname|nachname|familienname|nom|prenoms?|apellidos?|nombre|cognome|achternaam|voornaam
    |e[ _.-]?mails?|mail[ _.-]?address|phone|telephone|telefon|telefono|mobile[ _.-]?(?:no|number)|fax
    |street|strasse|address|adresse|anschrift|direccion|indirizzo
    |passport|licen[cs]e[ _.-]?plate|ssn|social[ _.-]?security|iban
    |account[ _.-]?(?:no|number)|credit[ _.-]?card
    |date[ _.-]?of[ _.-]?birth|birth[ _.-]?date|birthday|dob|geburtsdatum
    |ip[ _.-]?address|mac[ _.-]?address|imei|user[ _.-]?agent|latitude|longitude
    )(?![a-z])""",
    re.I | re.X,
)


def named_personal(heading: str) -> bool:
    """True where a column's heading says that it holds names, addresses, numbers or dates of birth."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return _HEADINGS.search(text.replace("_", " ")) is not None
