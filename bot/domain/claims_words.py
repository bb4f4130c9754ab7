"""The words that the check of claims knows: units, materials and what a shop must be able to prove. English."""

from __future__ import annotations

from collections.abc import Iterator

# unit family -> (how it is written, how many of the family's smallest unit that is)
_UNITS: dict[str, tuple[tuple[str, float], ...]] = {
    "length": (
        ("mm millimetre millimeter millimetres millimeters", 1),
        ("cm centimetre centimeter centimetres centimeters", 10),
        ("m metre meter metres meters", 1000),
        ("km kilometre kilometer kilometres kilometers", 1_000_000),
        ('in inch inches " ″ ”', 25.4),
        ("ft foot feet ' ′", 304.8),
        ("yd yard yards", 914.4),
        ("mi mile miles", 1_609_344),
    ),
    "weight": (
        ("mcg µg μg microgram micrograms", 0.001),
        ("mg milligram milligrams", 1),
        ("g gr gram grams gm gms gramme grammes", 1000),
        ("kg kgs kilo kilos kilogram kilograms", 1_000_000),
        ("oz ounce ounces", 28_349.5),
        ("lb lbs pound pounds", 453_592),
        ("t ton tons tonne tonnes", 1_000_000_000),
    ),
    "volume": (
        ("ml millilitre milliliter millilitres milliliters cc", 1),
        ("cl centilitre centiliter centilitres centiliters", 10),
        ("dl decilitre deciliter", 100),
        ("l lt ltr litre liter litres liters", 1000),
        ("gal gallon gallons", 3785),
        ("pint pints", 568),
    ),
    "time": (
        ("ms millisecond milliseconds", 0.001),
        ("s sec secs second seconds", 1),
        ("min mins minute minutes", 60),
        ("h hr hrs hour hours", 3600),
        ("day days", 86_400),
        ("week weeks", 604_800),
        ("month months", 2_629_800),
        ("year years yr yrs", 31_557_600),
    ),
    "power": (("w watt watts", 1), ("kw kilowatt kilowatts", 1000), ("hp horsepower", 745.7)),
    "energy": (("wh", 1), ("kwh", 1000), ("kcal calorie calories", 1.163), ("kj", 0.278)),
    "voltage": (("v volt volts", 1), ("kv", 1000)),
    "current": (("ma", 1), ("a amp amps ampere amperes", 1000)),
    "charge": (("mah", 1), ("ah", 1000)),
    "frequency": (("hz hertz", 1), ("khz", 1000), ("mhz", 1_000_000), ("ghz", 1_000_000_000)),
    "data": (("kb", 1), ("mb", 1000), ("gb", 1_000_000), ("tb", 1_000_000_000)),
    "pressure": (("bar bars", 1), ("psi", 0.0689), ("mmhg", 0.00133)),
    "temperature": (("°c ℃ celsius", 1), ("°f ℉ fahrenheit", 1), ("° degree degrees", 1)),
    "light": (("lm lumen lumens", 1),),
    "sound": (("db decibel decibels", 1),),
    "picture": (("px pixel pixels", 1), ("mp megapixel megapixels", 1_000_000)),
    "share": (("% ％ percent percentage", 1),),
    "dose": (("iu", 1),),
    "money": (("$ usd dollar dollars", 1), ("€ eur euro euros", 1), ("£ gbp", 1), ("aed", 1)),
    "count": (("pcs piece pieces pack packs count ct", 1),),
    "spf": (("spf", 1),),
}
UNITS: dict[str, tuple[str, float]] = {
    word: (family, factor) for family, rows in _UNITS.items() for words, factor in rows for word in words.split()
}
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=1
    )
}  # fmt: skip

# A family of materials: the general word, then what is a kind of it. Each word vouches for itself, and a kind
# vouches for its family: a text about an oak chair may say "wooden".
_MATERIALS = """
wood|wooden|timber|hardwood|softwood: oak, walnut wood, beech|beechwood, birch, pine|pinewood, teak, mahogany, cedar|
    cedarwood, maple wood, cherry wood, ash wood, acacia, spruce, ebony, rosewood, plywood, mdf, driftwood, olive wood
metal: steel, iron, aluminium|aluminum, brass, copper, bronze, pewter, titanium, zinc, nickel, chrome,
    tin plate
steel: stainless steel, carbon steel, mild steel
iron: cast iron, wrought iron
sterling silver|solid silver|pure silver|925 silver:
cotton: denim, canvas, muslin, corduroy, flannel, terry, poplin
wool|woollen|woolen: merino, lambswool, cashmere, alpaca, mohair, felt
leather: suede, nubuck, calfskin, cowhide, sheepskin
linen: flax
silk: mulberry silk
polyester: microfibre|microfiber, fleece
plastic: polypropylene, polyethylene, polycarbonate, pvc, abs, acrylic, nylon, melamine, vinyl, silicone, polyurethane
nylon: cordura
glass: crystal glass, borosilicate|borosilicate glass, pyrex, stained glass
ceramic: porcelain, stoneware, earthenware, terracotta, bone china
stone: marble, granite, slate, soapstone, limestone, travertine, quartz
rattan: wicker
rubber: latex, neoprene
synthetic: polyester, nylon, acrylic, elastane|spandex|lycra, faux leather, faux fur,
    viscose|rayon, modal, lyocell|tencel
enamel:
solid gold|pure gold:
platinum:
bamboo:
cork:
jute: hessian|burlap
hemp:
sisal:
raffia:
concrete:
cardboard:
beeswax:
soy wax:
carbon fibre|carbon fiber:
fibreglass|fiberglass:
memory foam:
velvet:
velour:
tweed:
chenille:
satin:
chiffon:
goose down|duck down:
"""


def _rows(table: str) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    for line in table.strip().replace("\n    ", " ").splitlines():
        family, _, kinds = line.partition(":")
        yield tuple(family.split("|")), [tuple(kind.strip().split("|")) for kind in kinds.split(",") if kind.strip()]


def _vouchers() -> dict[str, frozenset[str]]:
    """Each material word with all words that vouch for it, itself among them."""
    kinds: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for family, below in _rows(_MATERIALS):
        kinds.setdefault(family, set()).update(below)
        for kind in below:
            kinds.setdefault(kind, set())
    by_word = {word: group for group in kinds for word in group}

    def all_below(group: tuple[str, ...]) -> set[str]:
        found = set(group)
        for kind in kinds[group]:
            own = by_word[kind[0]]
            found |= set(kind) | (all_below(own) if own != group else set())
        return found

    return {word: frozenset(all_below(group)) for group in kinds for word in group}


MATERIALS: dict[str, frozenset[str]] = _vouchers()

# Bare silver and gold are nearly always colours. Others are, or are no material, when these words follow
# (`copper tone`, `a glass of wine`, `stone colour`).
NOT_MATERIAL_BEFORE = ("of", "colour", "color", "coloured", "colored", "grey", "gray", "blue", "green", "tone", "toned",
                       "look", "effect", "shade", "medal", "standard", "age", "fruit", "oil", "needle", "needles",
                       "bark", "glycol", "trees", "tree", "door", "doors", "works", "plated")  # fmt: skip

# What a shop must be able to prove. One line is one claim in its wordings, each of which vouches for the others;
# behind the colon: stronger words that vouch for them too (what is waterproof is water resistant, not the reverse).
_CLAIMS = """
cure, cures, cured, curing, curative
heal, healing
no side effects, side effect free, without side effects, free of side effects
clinically proven, clinically tested, clinical trial, scientifically proven, proven
doctor recommended, recommended by doctors, dermatologist tested, dermatologist recommended, dermatologically tested
fda approved, fda cleared, ce certified, ce marked
prevents disease, prevents illness, treats pain, relieves pain, pain relief, boosts immunity, immune boosting
safe, safely, safety, safest
non toxic, toxin free, nontoxic
guarantee, guaranteed, guarantees, warranty, warranties, money back
lifetime, for life
certified, certification, certificate, accredited
organic, organically
natural ingredients, all natural, purely natural, chemical free
vegan: plant based
cruelty free, not tested on animals
hypoallergenic, allergy tested, allergen free, for sensitive skin
antibacterial, antimicrobial, anti bacterial, germ free, sterile
waterproof, watertight
water resistant, water repellent, showerproof, splash proof: waterproof, watertight, weatherproof
weatherproof, weather resistant: waterproof
fireproof, flame retardant, flame resistant, fire resistant, fire retardant
unbreakable, shatterproof, indestructible, break resistant
scratch resistant, scratchproof, scratch proof
stain resistant, stain proof
rustproof, rust resistant, rust free, corrosion resistant
wrinkle free, wrinkle resistant, crease resistant
heatproof, heat resistant, oven safe, ovenproof
dishwasher safe, dishwasher proof
microwave safe, microwaveable
machine washable, machine wash
bpa free
lead free
gluten free
sugar free, no added sugar
dairy free, lactose free
nut free
sustainable, sustainably, sustainability, eco friendly, environmentally friendly, planet friendly, carbon neutral
recyclable, recycled
biodegradable, compostable
fair trade, fairtrade, ethically sourced, ethically made, responsibly sourced
handmade, handcrafted, hand crafted, hand made, made by hand
award winning, prize winning
best selling, bestseller, number one, world's best, world's first
patented, patent pending
uv protection, uv resistant, sun protection: spf
non slip, anti slip, slip resistant
kosher
halal
free shipping, free delivery, free returns
"""


def _claims() -> dict[str, tuple[str, ...]]:
    """Each wording with all wordings that vouch for it, itself among them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _CLAIMS.strip().splitlines():
        own, _, stronger = line.partition(":")
        wordings = tuple(phrase.strip() for phrase in own.split(","))
        found |= dict.fromkeys(wordings, wordings + tuple(p.strip() for p in stronger.split(",") if p.strip()))
    return found


CLAIMS: dict[str, tuple[str, ...]] = _claims()
# No claim after these: `not waterproof`, `isn't waterproof`.
DENIALS = ("not", "isn't", "aren't", "never", "non", "nor", "neither")
# Everyday wordings that promise nothing (`keeps your keys safe`, `a safe place`); the check passes over them.
NO_CLAIM = (
    "safe place",
    "safe hands",
    "safe keeping",
    "keep safe",
    "keeps safe",
    "keep it safe",
    "keeps it safe",
    "keep them safe",
    "keeps them safe",
    "safe distance",
    "safe and sound",
    "time of your life",
    "proven track",
)
