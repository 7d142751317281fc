"""The words by which a brief is read: what names a place, a light, a mood, a subject or a format, and what is chatter.

English, in the singular; plurals are brought to it. Commas separate, phrases of up to four words are known.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["place", "light", "mood", "colour", "subject", "format"]
KINDS: Final[tuple[Kind, ...]] = ("place", "light", "mood", "colour", "subject", "format")


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


PLACES: Final = _listed("""
alley, alleyway, alps, apartment, arch, balcony, bakery, bar, barn, bathroom, bay, beach, bedroom, boardwalk, bridge,
cabin, cafe, café, campsite, canal, canyon, castle, cathedral, cave, church, city, city skyline, cityscape, classroom,
cliff, clifftop, coast, coastline, coffee shop, coral reef, corridor, cottage, countryside, courtyard, cove, desert,
dining room, dune, farm, farmhouse, field, fjord, forest, garden, glacier, greenhouse, gym, harbor, harbour, highway,
hill, hospital, hotel, hotel room, house, home, indoors, interior, island, jungle, kitchen, laboratory, lake, lakeside,
landscape, library, lighthouse, living room, loft, market, meadow, meeting room, moor, mountain, mountain range,
museum, national park, nature, ocean, office, old town, open air, orchard, outdoors, outdoor, palace, park, patio,
pier, playground, plaza, pond, port, rainforest, restaurant, river, riverbank, road, rooftop, ruin, savanna, sea,
seaside, shop, shore, shoreline, skyline, skyscraper, stadium, stable, staircase, station, street, studio, suburb,
subway, swimming pool, temple, terrace, theatre, town, trail, train station, tunnel, underwater, urban, valley,
village, vineyard, volcano, warehouse, waterfall, waterfront, wilderness, winter landscape, woodland, wood, workshop,
space, factory, barbershop, wetland, marsh
""")
LIGHTS: Final = _listed("""
afternoon, afternoon light, afternoon sun, aurora borealis, northern light, backlight, backlit, backlighting, blue
hour, bright light, candlelight, candlelit, clear sky, cloudy, cloud, dappled light, dark, dawn, daylight, daytime, dim
light, dusk, early morning, evening, evening light, evening sun, firelight, fog, foggy, golden hour, golden light, hard
light, harsh light, haze, hazy, high contrast, high key, low key, lamplight, late afternoon, late summer light, lens
flare, light trail, low light, low sun, midday, midday sun, midnight, mist, misty, moonlight, moonlit, morning, morning
light, morning sun, natural light, neon, neon light, neon sign, night, night-time, nighttime, overcast, rain, rainy,
rim light, shadow, side light, silhouette, soft light, softbox, spotlight, starry sky, starlight, storm, stormy, strong
shadow, studio light, studio lighting, sun, sunbeam, sunlight, sunlit, sunny, sunrise, sunset, twilight, warm light,
window light, firework, long shadow, contrasty
""")
MOODS: Final = _listed("""
adventurous, adventure, airy, aspirational, atmospheric, authentic, bold, bright, calm, calming, candid, carefree,
cheerful, chic, cinematic, clean, cold, comforting, confident, contemplative, contemporary, cosy, cozy, crisp, curious,
cute, dark, delicate, documentary, dramatic, dreamy, eerie, edgy, editorial, effortless, elegant, empowering,
energetic, energy, energised, ethereal, euphoric, exciting, festive, freedom, fresh, friendly, fun, futuristic, gentle,
glamorous, gloomy, gritty, happy, harmonious, homely, honest, hopeful, human, hygge, industrial, inspiring, intimate,
inviting, joy, joyful, joyous, laid-back, light-hearted, lively, lonely, loneliness, love, luxurious, luxury, magical,
meditative, melancholic, melancholy, mindful, minimal, minimalist, modern, moody, mysterious, mystical, natural,
nostalgic, nostalgia, opulent, optimistic, organic, peaceful, playful, poetic, powerful, quiet, raw, rebellious,
refined, relaxed, relaxing, restful, retro, romantic, rugged, rural, rustic, serene, serenity, silent, silence, slow,
slow living, solitude, sombre, sophisticated, spontaneous, still, stillness, strong, sultry, surreal, tender, tense,
timeless, tranquil, trustworthy, understated, unposed, unstaged, uplifting, urgent, vibrant, vintage, wanderlust, warm,
warmth, welcoming, whimsical, wholesome, wild, youthful, zen, sense of wonder, togetherness, sporty, dynamic,
hand-made, handmade, artisanal, high-end
""")
SUBJECTS: Final = _listed("""
animal, apple, architect, architecture, armchair, artist, artisan, astronaut, athlete, avocado, baby, backpack,
backpacker, bag, baker, balloon, barista, basket, bear, bed, bee, beer, berry, bicycle, bike, bird, blanket, blossom,
boat, book, bottle, bouquet, bowl, boy, bread, breakfast, bride, building, bus, business meeting, businessman,
businesswoman, butterfly, cactus, cake, camera, camper van, campfire, camping, candle, canoe, car, cat, chair, cheese,
chef, cherry blossom, child, children, chocolate, climber, climbing, clothes, cocktail, coat, coffee, coffee bean,
coffee cup, colleague, commuter, computer, concert, cooking, couple, cow, craftsman, croissant, crowd, cup, curtain,
cyclist, cycling, dad, dancer, dancing, deer, desk, dessert, detail, dinner, doctor, dog, dolphin, door, dress, drink,
drone, elderly couple, elderly person, elephant, engineer, fabric, face, facade, family, farmer, father, fire,
fireplace, fish, fishing, fishing boat, flower, food, fox, friend, fruit, furniture, gardener, gardening, ginger cat,
girl, glass, grandmother, grandfather, grandparent, grape, grass, group of friends, guitar, gull, hand, hand-thrown
pottery, hat, headphone, herb, hiker, hiking, honey, horse, houseplant, ice cream, iceberg, insect, jacket, jeans,
jewellery, jewelry, juice, jumper, kayak, kid, kitten, lamp, laptop, leaf, leaves, lemon, linen, lion, logo, machine,
man, map, meal, men, microscope, milk, mother, mother and child, motorcycle, mountaineer, moss, fern, mug, mushroom,
music, musician, nurse, office worker, olive tree, orchestra, owl, palm tree, parent, passenger, pasta, pastry, people,
person, pet, phone, piano, picnic, pizza, plant, plate, portrait, pot, potter, pottery, product, puppy, rabbit, robot,
rock, rocket, rose, rope, runner, running, sailboat, sailing, sailing boat, sailor, salad, sand, scientist, seafood,
seagull, seashell, shell, ship, shoe, skateboarder, skateboarding, ski, skier, skiing, sky, smartphone, smile, smoke,
sneaker, snow, snowboarder, soap, sofa, solar panel, soup, spice, sport, sportswoman, starfish, steam, stone, student,
succulent, sunglasses, sunflower, surfboard, surfer, surfing, sushi, sweater, swimmer, swimming, table, tattoo, tea,
teacher, team, teenager, tent, text, tile, toddler, tomato, tool, tourist, towel, toy, tractor, traffic, train,
traveller, traveler, tree, typewriter, umbrella, vegetable, vineyard worker, vinyl record, violin, water, watch, wave,
wedding, whale, wheat, whisky, wildflower, wildlife, wind turbine, window, wine, wine glass, woman, women, wool,
worker, yoga, young people, zebra, stock photo, model, watermark, weapon, alcohol, cigarette, plastic, street food,
suit, handshake, meeting, barbecue, party, celebration, festival, eye
""")
FORMATS: Final = {  # and the query that each stands for
    **dict.fromkeys(
        ("horizontal", "landscape format", "landscape orientation", "landscape image", "landscape photo"),
        "is:landscape",
    ),
    **dict.fromkeys(
        ("landscape crop", "landscape only", "16:9", "3:2", "banner", "hero image", "widescreen"), "is:landscape"
    ),
    **dict.fromkeys(("website header", "web header", "hero banner", "billboard"), "is:landscape"),
    **dict.fromkeys(("vertical", "portrait format", "portrait orientation", "portrait crop", "upright"), "is:portrait"),
    **dict.fromkeys(("9:16", "4:5", "2:3", "instagram story", "reel", "tiktok", "portrait image"), "is:portrait"),
    **dict.fromkeys(("square", "1:1", "square format", "square crop"), "is:square"),
    **dict.fromkeys(("copy space", "negative space", "room for text", "space for text", "room for copy"), "copy space"),
    **dict.fromkeys(("space for copy", "room for a headline", "space for a headline", "empty space"), "copy space"),
    **dict.fromkeys(("close-up", "closeup", "close up", "detail shot", "tight crop"), "close-up"),
    **dict.fromkeys(("wide shot", "wide angle", "wide-angle", "wide view"), "wide angle"),
    **dict.fromkeys(
        ("aerial", "aerial view", "drone shot", "from above", "bird's eye view", "top-down"), "aerial view"
    ),
    **dict.fromkeys(("flat lay", "flatlay"), "flat lay"),
    **dict.fromkeys(("shallow depth of field", "bokeh", "blurred background"), "bokeh"),
    **dict.fromkeys(("black and white", "black-and-white", "b&w", "monochrome"), "black and white"),
    **dict.fromkeys(("macro", "panorama", "long exposure", "double exposure", "motion blur", "still life"), ""),
    **dict.fromkeys(("film grain", "plain background", "symmetry", "low angle", "35mm film", "analogue film"), ""),
}
SHAPE_WORDS: Final = {
    "landscape": "is:landscape",
    "portrait": "is:portrait",
    "wide": "is:landscape",
    "tall": "is:portrait",
}
LOOKS: Final = _listed("""
pastel, pastel colour, pastel tone, neutral, neutral tone, earth tone, earthy tone, earthy colour, muted colour, muted
tone, muted palette, warm tone, warm colour, cool tone, cool colour, bright colour, colourful, colorful, desaturated,
jewel tone, monochromatic, earthy, saturated colour, bold colour, vivid colour, natural tone, neutral palette, warm
palette, warm hue
""")
# Names of colours that are names of things first: in running text they are colours only beside another colour's word.
THINGS_TOO: Final = _listed("""
amber, apricot, blush, brick, bronze, camel, caramel, champagne, chocolate, copper, coral, cream, denim, emerald,
forest, gold, ivory, jade, lavender, lemon, lilac, lime, mint, moss, mustard, nude, olive, orange, peach, pine,
pistachio, plum, rose, ruby, rust, salmon, sand, sapphire, silver, slate, stone, tan, tomato, walnut, wheat, wine,
snow, linen, black, white, sienna, chartreuse, thistle, orchid, peru, honeydew, seashell, sage, charcoal, aqua,
gainsboro, firebrick, cornsilk, bisque, blue, red
""")
SHADES: Final = _listed("tone, hue, palette, shade, accent, colour, color, colour scheme, color scheme, colouring")
LIGHTS_UP: Final = _listed("light, lighting, glow, sun, sunlight, sunshine")
BEFORE: Final = _listed("""
abandoned, ancient, antique, bare, big, bright, broad, burnt, busy, bustling, cold, cool, cosy, cozy, cobbled, crowded,
dark, dappled, deep, deserted, diffused, dim, diverse, dusty, early, elderly, empty, faded, fresh, frosty, frozen,
gentle, golden, green, hard, harsh, hot, hazy, icy, industrial, large, late, light, little, local, lone, long, low,
lush, mature, mid-century, minimalist, misty, modern, moody, mossy, muted, narrow, natural, new, nordic, northern, old,
older, open, overgrown, pale, pine, quiet, real, remote, ripe, rocky, rough, rustic, sandy, scandinavian, small,
smiling, snowy, snow-covered, soft, sparse, stormy, strong, stone, sunlit, sunny, tall, tiny, traditional, tropical,
twenty-something, two, three, vast, vintage, warm, weathered, wet, white, whitewashed, wide, wild, windswept, winding,
wooden, young, younger, multigenerational, family-run
""")
LABELS: Final = {  # what stands before a colon or alone on a line, and what kind it announces
    **dict.fromkeys(
        ("mood", "tone", "feeling", "atmosphere", "vibe", "emotion", "look and feel", "look & feel"), "mood"
    ),
    **dict.fromkeys(("tone of voice", "style", "feel", "key words", "keywords", "adjectives", "tonality"), "mood"),
    **dict.fromkeys(("light", "lighting", "time of day", "weather", "season"), "light"),
    **dict.fromkeys(("place", "location", "setting", "where", "scene", "environment", "backdrop"), "place"),
    **dict.fromkeys(("colour", "color", "palette", "colour palette", "color palette", "colour scheme"), "colour"),
    **dict.fromkeys(
        ("subject", "who", "what", "people", "talent", "cast", "casting", "product", "prop", "motif"), "subject"
    ),
    **dict.fromkeys(
        ("content", "subject matter", "what to show", "must have", "show", "we want to see", "imagery"), "subject"
    ),
    **dict.fromkeys(
        ("format", "orientation", "crop", "size", "usage", "aspect ratio", "composition", "framing"), "format"
    ),
    **dict.fromkeys(
        ("avoid", "no", "don't", "do not", "don'ts", "exclude", "not", "no-go", "no go", "please avoid"), "avoid"
    ),
    **dict.fromkeys(("do not show", "don't show", "what to avoid", "must not", "to avoid", "not wanted"), "avoid"),
    **dict.fromkeys(
        ("project", "campaign", "title", "project name", "campaign name", "name", "working title"), "title"
    ),
    **dict.fromkeys(
        ("client", "brand", "background", "about", "about us", "objective", "goal", "budget", "deadline"), "chatter"
    ),
    **dict.fromkeys(
        ("audience", "target audience", "target group", "target", "timing", "timeline", "contact"), "chatter"
    ),
    **dict.fromkeys(("deliverable", "channel", "kpi", "date", "due", "message", "key message", "next step"), "chatter"),
    **dict.fromkeys(
        ("call to action", "cta", "company", "who we are", "legal", "licence", "license", "usage right"), "chatter"
    ),
}
CHATTER: Final = (  # what a sentence of facts or manners holds; all of it is passed over
    r"\b(?:budget|deadline|invoice|kpis?|roi|conversions?|stakeholders?|due (?:date|by)|deliver(?:ed|y|ables?)?|"
    r"founded|since (?:19|20)\d\d|market share|customers|target (?:audience|group)|audience|sign[- ]?off|feedback|"
    r"meeting on|call on|e-?mail|get in touch|attached|see below|looking forward|thank you|thanks|kind regards|"
    r"best regards|cheers|press release|q[1-4]|year-on-year|newsletter|followers|engagement|hashtag|shareholders?)\b"
)
MANNERS: Final = (  # phrases that hold words of the lists and mean nothing by them
    r"\b(?:happy to|feel free(?: to)?|free of charge|for free|still (?:working|waiting|open)|at the end of the day|"
    r"in the spotlight|in light of|(?:home ?page|shop window|at home with|feel at home|brand new|new brand|"
    r"strong brand|clean lines of code|light version|in the dark about|fresh start|a fresh look at)|hi team|dear team|"
    r"(?:our|the|your|design|marketing|creative) team|body of water|market(?:ing)? (?:launch|leader)|table of contents|"
    r"in the works|story ?telling|bring to the table|no later than|no more than|not only|no need|no problem|no doubt|"
    r"don't forget|do not forget|don't hesitate|do not hesitate|no budget|as well as|such as|for example|e\.g\.|i\.e\.)"
)
NOT_PLACES: Final = _listed("""
January, February, March, April, May, June, July, August, September, October, November, December, Monday, Tuesday,
Wednesday, Thursday, Friday, Saturday, Sunday, Instagram, Facebook, LinkedIn, TikTok, YouTube, Pinterest, Spring,
Summer, Autumn, Fall, Winter, Christmas, Easter, English, German, French, Spanish, Q1, Q2, Q3, Q4, Word, PDF, Excel,
PowerPoint, Slack, Figma, I, We
""")
SEASONS: Final = _listed("spring, summer, autumn, winter, christmas, easter, halloween")
EMPTY: Final = _listed("""
a, an, the, some, any, anything, all, our, your, their, its, his, her, this, that, these, those, very, really, quite,
too, overly, more, much, many, lots, of, lot, please, and, or, nor, but, with, in, on, at, to, for, from, as, is, are,
be, it, we, you, they, should, must, want, need, like, love, show, showing, shows, see, image, images, photo, photos,
photograph, photographs, picture, pictures, shot, shots, visual, visuals, imagery, looking, look, looks, feel, feels,
feeling, mood, maybe, perhaps, also, just, only, even, bit, little, kind, sort, style, styled, ideally, preferably,
think, use, using, other, obvious, visible, typical, usual, generic, no, not, without, avoid, never, else, so, what,
which, who, when, where, there
""")
EXEMPLARS: Final[dict[Kind, tuple[str, ...]]] = {  # none of a format: those are few, and listed
    "place": ("a place", "a beach", "a street in a city", "a forest", "a room in a house", "mountains", "a kitchen"),
    "light": ("golden hour", "night", "fog", "sunset", "soft daylight", "rain", "candlelight", "deep shadows"),
    "mood": ("calm", "joyful", "dramatic", "cosy", "modern", "melancholy", "luxury", "honest", "playful", "energetic"),
    "colour": ("teal", "pastel colours", "dark red", "bright yellow", "purple"),
    "subject": (
        *("people", "a dog", "food on a plate", "a woman", "a car", "flowers", "a bicycle", "a chair", "hands"),
        *("an object", "a tool", "a machine", "a musical instrument", "a man at work", "clothes", "a drink"),
    ),
}
