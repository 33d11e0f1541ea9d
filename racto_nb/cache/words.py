"""The words that the guard of the semantic cache knows, in English, German, French, Spanish, Italian, Portuguese and Dutch.

A word of another language that is missing here counts as a word with a meaning, so that it may not be exchanged for another one.
That is the safe side. What stands in FUNCTION_WORDS may come, go and be exchanged freely, so only words stand there that change
no answer: no "how" beside "what", no "was" beside "is", no "for" beside "by", no "and" beside "or".
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words("""
    not no never none nobody nothing neither nor without cannot except excluding unless hardly
    nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder ohne außer
    ne pas jamais aucun aucune rien personne sans sauf ni
    nunca jamás ningún ninguno ninguna nada nadie sin excepto salvo tampoco
    non senza mai nessuno nessuna niente nulla tranne eccetto né
    não sem nenhum nenhuma ninguém exceto nem
    niet geen nooit niemand niets zonder behalve noch
""")

NUMBER_WORDS: dict[str, str] = {
    word: str(number)
    for number, words in {
        0: "zero null zéro cero nul",
        1: "one first eins erste ersten erster premier première primero primera primo prima primeiro primeira eerste",
        2: "two second twice zwei zweite zweiten deux deuxième dos segundo due secondo dois duas twee tweede",
        3: "three third drei dritte dritten trois troisième tres tercero tre terzo três terceiro drie derde",
        4: "four fourth vier vierte vierten quatre quatrième cuatro cuarto quattro quarto quatro vierde",
        5: "five fifth fünf fünfte cinq cinquième cinco quinto cinque vijf vijfde",
        6: "six sixth sechs sechste seis sei zes zesde",
        7: "seven seventh sieben siebte sept siete sette sete zeven zevende",
        8: "eight eighth acht achte huit ocho otto oito achtste",
        9: "nine ninth neun neunte neuf nueve nove negen negende",
        10: "ten tenth zehn zehnte dix diez dieci dez tien tiende",
        11: "eleven elf onze once undici",
        12: "twelve zwölf douze doce dodici doze twaalf dozen dutzend",
        20: "twenty zwanzig vingt veinte venti vinte twintig",
        50: "fifty fünfzig cinquante cincuenta cinquanta cinquenta vijftig half hälfte",
        100: "hundred hundert cent cien cento cem honderd",
        1000: "thousand tausend mille mil duizend",
        10**6: "million millionen millones milioni milhões miljoen",
        10**9: "billion milliarde milliarden milliard milliards miljard",
    }.items()
    for word in words.split()
}

UNITS: dict[str, str] = {
    word: words.split()[0]
    for words in (
        "km kilometer kilometers kilometre kilometres kilomètre kilomètres kilómetro kilómetros chilometri quilômetros",
        "m meter meters metre metres mètre mètres metro metros metri",
        "cm centimeter centimeters centimetre centimetres zentimeter",
        "mm millimeter millimeters millimetre millimetres",
        "mile miles meile meilen milla millas miglia milha milhas mijl",
        "inch inches zoll pouce pouces pulgada pulgadas",
        "foot feet fuß pied pieds pie pies",
        "kg kilogram kilograms kilogramm kilo kilos",
        "g gram grams gramm gramme grammes gramo gramos",
        "lb lbs pound pounds pfund livre livres libra libras",
        "l liter liters litre litres litro litros",
        "ml milliliter milliliters millilitre millilitres",
        "gallon gallons gallone gallonen",
        "s second-long sec secs seconds sekunde sekunden secondes segundos secondi seconden",
        "min minute minutes minuten minuto minutos minuti minuut",
        "h hour hours stunde stunden heure heures hora horas ora ore uur",
        "day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen",
        "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
        "month months monat monate monaten mois mes meses mese mesi mês maand maanden",
        "year years jahr jahre jahren an ans année années año años anno anni ano anos jaar jaren",
        "euro euros eur", "dollar dollars usd", "yen jpy", "franc francs franken chf",
        "percent per-cent prozent pourcent porcentaje percento procent",
        "celsius", "fahrenheit", "kelvin",
        "kb kilobyte kilobytes", "mb megabyte megabytes", "gb gigabyte gigabytes", "tb terabyte terabytes",
    )
    for word in words.split()
}  # fmt: skip

TURNING_WORDS = _words("""
    more most less least fewer few many much only even other another same different every each all any some both half first last
    next previous former latter new newest old oldest young youngest big biggest large largest small smallest    high highest low
    lowest long longest short shortest fast fastest slow slowest best worst better worse good bad cheap cheapest expensive
    earliest latest before after during until since while if when where why how who's again still yet now today yesterday tomorrow
    currently ago always often sometimes and or but than against for by from to into up down out off on under over above below
    between through via was were will would did had could should must may might mehr meisten wenig weniger wenigsten nur andere
    anderen gleiche jeder jede alle beide erste letzte nächste neu neueste alt älteste jung jüngste groß größte klein kleinste
    hoch höchste niedrig niedrigste lang längste kurz kürzeste beste schlechteste vor nach während bis seit wenn falls wann wo
    warum jetzt heute gestern morgen immer manchmal und oder aber als gegen für von zu über unter zwischen durch war waren wird
    wurde muss darf soll sollte plus moins seulement autre même chaque tous toutes premier dernier prochain nouveau vieux grand
    petit haut bas meilleur pire avant après pendant depuis si quand où pourquoi maintenant aujourd'hui hier demain toujours et ou
    mais contre pour par vers más menos solo otro otra mismo cada todos todas último próximo nuevo viejo grande pequeño alto bajo
    mejor peor antes después durante hasta desde cuando dónde porque ahora hoy ayer mañana siempre y o pero contra para por hacia
    più meno altro altra stesso ogni tutti ultimo prossimo nuovo vecchio piccolo basso migliore peggiore prima dopo fino quando
    dove perché adesso oggi ieri domani sempre ma contro mais menos outro mesmo cada todos último velho pequeno melhor pior antes
    depois até agora hoje ontem amanhã sempre mas meer minder alleen andere zelfde elke alle laatste volgende nieuw oud groot
    klein beste slechtste voor na tijdens tot sinds
""")
"""Words that may not stand in one of the questions only: each of them turns what is asked."""

FUNCTION_WORDS = _words("""
    a an the it its i we us our my me is are am be do does has have there
    what which who whom please kindly tell show give explain describe say know want like of in at about
    so then just also really actually hi hello hey thanks thank what's that's it's
    der das den dem des ein eine einen einem einer eines ist sind bin bist sein haben es ich wir mir mich
    welche welcher welches wer bitte sag sage zeig zeige erkläre erklär nenne nenn mal denn eigentlich in im
    le la les l un une des du de d est sont a ont que qu quel quelle quels quelles qui quoi s'il te vous plaît je nous moi
    dis montre donne explique il elle à au aux en dans alors
    el los las una unos unas del al es ha han qué cuál cuáles quién favor dime muestra explica me yo nosotros
    il lo gli i uno di della dello dei degli delle è sono hanno che cosa quale quali chi dimmi mostra spiega mi noi nel nella
    os as um uma da dos das são está tem têm quem qual quais diga mostre explique eu nós na em
    het een zijn heeft hebben wat welke wie alsjeblieft zeg toon geef leg uit ik wij van op
""")

POLITENESS = (
    "can you please", "can you", "could you please", "could you", "would you please", "would you", "do you know",
    "i want to know", "i would like to know", "i'd like to know", "let me know", "kannst du mir", "kannst du", "könntest du",
    "können sie mir", "können sie", "könnten sie", "peux-tu", "peux tu", "pouvez-vous", "pouvez vous", "pourriez-vous",
    "est-ce que", "puedes", "puede usted", "podrías", "puoi", "potresti", "você pode", "kun je", "kunt u",
)  # fmt: skip
"""What a question may begin with and means nothing, the longer before the shorter."""
