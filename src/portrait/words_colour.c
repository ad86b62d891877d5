/* SPDX-License-Identifier: Apache-2.0 */
/* Colours, each to what there is of it for hair, eyes, clothes and walls. */
#include "portrait/prompt_words.h"

#define HAIR(phrase, colours)                                                                                          \
    A(phrase, HAIR, "hair_colour=" colours), A(phrase, BEARD, "facial_hair_colour=" colours), A(phrase, BROWS, "")
#define EYES(phrase, colours) A(phrase, EYES, "eye_colour=" colours)
#define PAINT(phrase, colours)                                                                                         \
    A(phrase, CLOTHES, "clothing_colour=" colours), A(phrase, HEADWEAR, "headwear_colour=" colours),                   \
        A(phrase, GLASSES, "glasses_colour=" colours),                                                                 \
        A(phrase, PLACE, "scenery_colour=" colours "; ~scenery=plain|gradient")
/* Of all three. */
#define ALL(phrase, hair, eyes, paint) HAIR(phrase, hair), EYES(phrase, eyes), PAINT(phrase, paint)

static const struct avt_word words[] = {
    HAIR("black", "black"), EYES("black", "dark brown"), PAINT("black", "black"), HAIR("jet black", "black"),
    HAIR("raven", "black"), HAIR("raven black", "black"), PAINT("jet black", "black"), HAIR("blue black", "black"),
    HAIR("dark", "black|dark brown"), EYES("dark", "dark brown"), PAINT("dark", "black|charcoal|navy"),
    ALL("dark brown", "dark brown", "dark brown", "brown"), HAIR("deep brown", "dark brown"),
    EYES("deep brown", "dark brown"), ALL("brown", "brown|dark brown", "brown|dark brown", "brown"),
    ALL("chestnut", "brown|auburn", "brown", "brown"), HAIR("chocolate", "dark brown"),
    EYES("chocolate", "dark brown"), PAINT("chocolate", "brown"), HAIR("chocolate brown", "dark brown"),
    EYES("chocolate brown", "dark brown"), PAINT("chocolate brown", "brown"), HAIR("hazel", "light brown"),
    EYES("hazel", "hazel"), ALONE("hazel eyed", "eye_colour=hazel"), HAIR("mousy", "light brown|dark blond"),
    HAIR("mousy brown", "light brown"), ALL("light brown", "light brown", "brown|hazel", "brown|beige"),
    HAIR("caramel", "light brown"), PAINT("caramel", "brown|beige"), HAIR("honey", "dark blond"),
    HAIR("honey blond", "dark blond"), EYES("honey", "amber"), EYES("amber", "amber"), PAINT("amber", "gold|orange"),
    HAIR("auburn", "auburn"), ALONE("auburn", "hair_colour=auburn"), HAIR("copper", "red"),
    PAINT("copper", "orange|brown"), HAIR("bronze", "auburn"), PAINT("bronze", "brown|gold"),
    HAIR("reddish brown", "auburn"), HAIR("red brown", "auburn"), HAIR("red", "red"), PAINT("red", "red"),
    HAIR("ginger", "red"), A("ginger", PERSON, "hair_colour=red"), ALONE("ginger", "hair_colour=red"),
    HAIR("orange", "red"), PAINT("orange", "orange"), HAIR("fiery", "red"), HAIR("fiery red", "red"),
    HAIR("bright red", "red"), PAINT("bright red", "red"), HAIR("dark red", "auburn"), PAINT("dark red", "burgundy"),
    HAIR("deep red", "auburn"), PAINT("deep red", "burgundy"), PAINT("crimson", "red"), PAINT("scarlet", "red"),
    PAINT("maroon", "burgundy"), PAINT("burgundy", "burgundy"), HAIR("burgundy", "auburn"), PAINT("wine", "burgundy"),
    PAINT("wine red", "burgundy"), PAINT("rust", "orange|brown"), PAINT("terracotta", "orange|brown"),
    PAINT("coral", "orange|pink"), PAINT("salmon", "pink"), PAINT("peach", "orange|cream"),
    HAIR("blond", "blond|dark blond"), A("blond", PERSON, "hair_colour=blond|dark blond"),
    ALONE("blond", "hair_colour=blond|dark blond!hair_colour=black|dark brown|brown|light brown|auburn|red"),
    HAIR("dark blond", "dark blond"), HAIR("light blond", "blond|platinum"), HAIR("ash blond", "dark blond|platinum"),
    HAIR("golden blond", "blond"), HAIR("sandy", "dark blond"), HAIR("sandy blond", "dark blond"),
    HAIR("golden", "blond"), HAIR("fair", "blond|dark blond"), HAIR("light", "blond|light brown"),
    HAIR("yellow", "blond"), HAIR("flaxen", "blond"), HAIR("strawberry blond", "red|auburn"),
    HAIR("dirty blond", "dark blond"), A("fair haired", PERSON, "hair_colour=blond|dark blond"),
    HAIR("platinum", "platinum"), HAIR("platinum blond", "platinum"), HAIR("white blond", "platinum"),
    HAIR("bleach blond", "platinum"), HAIR("bleached blond", "platinum"), ALONE("platinum", "hair_colour=platinum"),
    ALONE("platinum blond", "hair_colour=platinum"), A("platinum blond", PERSON, "hair_colour=platinum"),
    ALL("grey", "grey", "grey", "grey"), HAIR("silver", "grey|white"), PAINT("silver", "silver"),
    HAIR("silvery", "grey|white"), HAIR("steel grey", "grey"), EYES("steel grey", "grey"),
    PAINT("steel grey", "grey"), HAIR("white", "white"), HAIR("snow white", "white"), PAINT("white", "white"),
    PAINT("off white", "cream|white"), HAIR("light grey", "grey|white"), PAINT("light grey", "silver|grey"),
    EYES("light grey", "grey"), HAIR("dark grey", "grey"), PAINT("dark grey", "charcoal"), EYES("dark grey", "grey"),
    PAINT("charcoal", "charcoal"), PAINT("charcoal grey", "charcoal"), PAINT("anthracite", "charcoal"),
    PAINT("slate", "charcoal|grey"), PAINT("cream", "cream"), PAINT("ivory", "cream"), PAINT("beige", "beige"),
    PAINT("tan", "beige"), PAINT("khaki", "beige|olive"), PAINT("camel", "beige|brown"), PAINT("sand", "beige"),
    PAINT("taupe", "beige|grey"), PAINT("mustard", "yellow|gold"), PAINT("yellow", "yellow"),
    PAINT("lemon", "yellow"), PAINT("gold", "gold"), PAINT("golden", "gold"), EYES("golden", "amber"),
    PAINT("bright", "yellow|orange|red|pink"), PAINT("light", "white|cream|light blue|beige"),
    EYES("light", "blue|green|grey|hazel"), EYES("pale", "blue|grey"),
    PAINT("pastel", "light blue|pink|lavender|cream"), PAINT("colourful", "yellow|orange|red|pink|teal|purple"),
    PAINT("tortoiseshell", "brown"), ALL("blue", "blue", "blue", "blue"),
    ALL("light blue", "blue", "blue", "light blue"), ALL("pale blue", "blue", "blue", "light blue"),
    PAINT("sky blue", "light blue"), EYES("sky blue", "blue"), PAINT("baby blue", "light blue"),
    EYES("ice blue", "blue"), EYES("icy blue", "blue"), EYES("icy", "blue"), EYES("bright blue", "blue"),
    PAINT("bright blue", "blue"), HAIR("bright blue", "blue"), EYES("deep blue", "blue"),
    PAINT("deep blue", "navy|blue"), ALL("dark blue", "blue", "blue", "navy"), PAINT("navy", "navy"),
    PAINT("navy blue", "navy"), PAINT("royal blue", "blue"), PAINT("cobalt", "blue"), PAINT("electric blue", "blue"),
    HAIR("electric blue", "blue"), PAINT("indigo", "navy|purple"), PAINT("denim", "blue"),
    EYES("blue grey", "blue|grey"), EYES("grey blue", "blue|grey"), EYES("blue green", "blue|green"),
    EYES("green blue", "blue|green"), EYES("grey green", "grey|green"), PAINT("blue grey", "grey|blue"),
    PAINT("teal", "teal"), HAIR("teal", "blue|green"), HAIR("turquoise", "blue"), PAINT("turquoise", "teal"),
    EYES("turquoise", "blue|green"), PAINT("aqua", "teal|light blue"), PAINT("cyan", "teal|light blue"),
    PAINT("petrol", "teal"), ALL("green", "green", "green", "green"), PAINT("dark green", "green|olive"),
    PAINT("light green", "green"), EYES("dark green", "green"), EYES("light green", "green"),
    EYES("bright green", "green"), PAINT("bright green", "green"), HAIR("bright green", "green"),
    PAINT("mint", "teal|green"), PAINT("mint green", "teal|green"), PAINT("forest green", "green"),
    PAINT("emerald", "green"), PAINT("emerald green", "green"), EYES("emerald", "green"),
    EYES("emerald green", "green"), PAINT("bottle green", "green"), PAINT("lime", "green|yellow"),
    PAINT("lime green", "green"), PAINT("sage", "olive|green"), PAINT("olive", "olive"),
    PAINT("olive green", "olive"), EYES("hazel green", "hazel|green"), EYES("green hazel", "hazel|green"),
    EYES("hazel brown", "hazel"), PAINT("neon", "yellow|green|pink"), PAINT("neon green", "green"),
    HAIR("pink", "pink"), PAINT("pink", "pink"), HAIR("hot pink", "pink"), PAINT("hot pink", "pink"),
    PAINT("light pink", "pink"), PAINT("pale pink", "pink"), PAINT("dark pink", "pink"), HAIR("pastel pink", "pink"),
    PAINT("rose", "pink"), HAIR("rose gold", "pink"), PAINT("rose gold", "gold|pink"),
    PAINT("magenta", "pink|purple"), HAIR("magenta", "pink"), PAINT("fuchsia", "pink|purple"),
    HAIR("purple", "purple"), PAINT("purple", "purple"), HAIR("violet", "purple"), PAINT("violet", "purple"),
    PAINT("plum", "purple|burgundy"), HAIR("plum", "purple"), PAINT("lavender", "lavender"),
    HAIR("lavender", "purple"), PAINT("lilac", "lavender"), HAIR("lilac", "purple"),
    PAINT("light purple", "lavender"), PAINT("dark purple", "purple"), PAINT("mauve", "lavender"),
    HAIR("rainbow", "pink|blue|purple|green"), HAIR("coloured", "pink|blue|purple|green"),
    HAIR("colourful", "pink|blue|purple|green"),
};

AVT_TABLE(colour, "Colours");
