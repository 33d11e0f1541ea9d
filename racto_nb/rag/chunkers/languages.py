"""What a full stop may mean in a language besides the end of a sentence. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.exceptions import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Language:
    """The abbreviations of a language, in small letters and without their last full stop.

    After one of `inside` a sentence goes on; after one of `numbered` it does before a number; after one of `perhaps` it ends only
    before one of `openers`, words with which sentences begin. `ordinals`: "3. Mai" is a date.
    """

    inside: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()
    ordinals: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "dr prof mr mrs ms mme mlle st rev hon sir capt cpt lt col gen maj sgt adm cmdr gov sen rep pres supt vs cf viz ca"
)
_NUMBERED = _words("no nos nr nrs n° nº № p pp pg vol vols fig figs ch chap sec sect art par eq eqs app ed pt tab ver v")

_ENGLISH = Language(
    inside=_TITLES | _words("e.g i.e eg messrs mt ft approx esp incl resp viz op cit ibid fr br"),
    numbered=_NUMBERED | _words("jan feb mar apr jun jul aug sep sept oct nov dec"),
    perhaps=_words(
        "inc ltd co corp llc plc bros jr sr etc al ave blvd rd dept est univ assn min max mon tue tues wed thu thurs fri sat sun"
        " a.m p.m u.s u.k u.n e.u u.s.a ph.d m.d b.a m.a d.c b.c a.d i.q p.s"
    ),
    openers=_words(
        "the he she it they we you i this that these those there in on at but and if when as for a an his her their our my its"
        " however after before what why how who where which to from by with so then not no yes since while although some many"
        " most all both one another each every such here now today perhaps maybe also later during until because let"
    ),
)
_GERMAN = Language(
    inside=_TITLES
    | _words("z.b d.h u.a o.ä bzw ca evtl ggf inkl sog vgl zzgl geb gest hr fr dipl ing str bspw z d u o s.o s.u i.d.r"),
    numbered=_NUMBERED | _words("abs kap bd bde s art aufl jh"),
    perhaps=_words("usw etc gmbh co jr u.s.w v.chr n.chr mio mrd"),
    openers=_words(
        "der die das er sie es wir ihr ich ein eine in im am auf und aber doch wenn als für nach vor bei mit so dann hier"
    ),
    ordinals=True,
)
_FRENCH = Language(
    inside=_TITLES | _words("m mm p.ex c.-à-d env cf av bd éd boul sté"),
    numbered=_NUMBERED | _words("n° art chap t"),
    perhaps=_words("etc al cie s.a j.-c"),
    openers=_words(
        "le la les il elle ils elles on nous vous je un une des ce cette ces en dans mais et si quand pour après avant"
    ),
)
_SPANISH = Language(
    inside=_TITLES | _words("sr sra srta d dña ud uds ee.uu p.ej av avda núm pág aprox gral lic ing"),
    numbered=_NUMBERED | _words("núm pág págs cap art"),
    perhaps=_words("etc cía s.a s.l a.c d.c"),
    openers=_words("el la los las él ella ellos ellas yo un una en pero y si cuando para después antes este esta estos estas"),
)
_ITALIAN = Language(
    inside=_TITLES | _words("sig sigg dott dott.ssa avv ing on p.es ecc.mo arch geom"),
    numbered=_NUMBERED | _words("pag pagg cap n"),
    perhaps=_words("ecc s.p.a s.r.l a.c d.c"),
    openers=_words("il lo la i gli le un una egli ella essi io noi in ma e se quando per dopo prima questo questa"),
)
_PORTUGUESE = Language(
    inside=_TITLES | _words("sr sra srta exmo p.ex av eng"),
    numbered=_NUMBERED | _words("pág págs cap n.º"),
    perhaps=_words("etc cia ltda s.a a.c d.c"),
    openers=_words("o a os as ele ela eles elas eu um uma em mas e se quando para depois antes este esta"),
)
_DUTCH = Language(
    inside=_TITLES | _words("dhr mevr mw drs ir bijv d.w.z o.a m.b.t t.o.v z.g.n ca evt incl excl ing"),
    numbered=_NUMBERED | _words("blz hfdst afl"),
    perhaps=_words("enz etc b.v n.v"),
    openers=_words("de het een hij zij ze wij we ik jij in op maar en als toen voor na dit dat deze die er"),
)
_OTHER = Language(inside=_TITLES, numbered=_NUMBERED, perhaps=_words("etc inc ltd co corp jr sr"))
_WITH_ORDINALS = Language(inside=_TITLES, numbered=_NUMBERED, perhaps=_OTHER.perhaps, ordinals=True)

LANGUAGES: dict[str, Language] = {
    "english": _ENGLISH,
    "german": _GERMAN,
    "french": _FRENCH,
    "spanish": _SPANISH,
    "italian": _ITALIAN,
    "portuguese": _PORTUGUESE,
    "dutch": _DUTCH,
    **dict.fromkeys(["czech", "danish", "estonian", "finnish", "norwegian", "slovene"], _WITH_ORDINALS),
    **dict.fromkeys(
        ["arabic", "chinese", "greek", "hindi", "japanese", "korean", "malayalam", "polish", "russian", "swedish", "turkish"],
        _OTHER,
    ),
}
"""Those with abbreviations of their own, then those that are cut by the rules alone."""


def language_of(name: str) -> Language:
    """What is known of the language `name`. UsageError with the nearest names for one that nobody knows."""
    if not isinstance(name, str) or name.casefold() not in LANGUAGES:  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"language is the English name of a language, such as 'english', not {name!r}.{did_you_mean(str(name), LANGUAGES)}"
        raise UsageError(msg)
    return LANGUAGES[name.casefold()]
