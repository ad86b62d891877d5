/* SPDX-License-Identifier: Apache-2.0 */
/* Where somebody's forebears are from, as people say it of themselves. Nations of immigrants say nothing. Coarse:
 * struct avt_people tells what becomes of each. */
#include "portrait/prompt_rows.h"

#define NORTH "ancestry=northern european"
#define SOUTH "ancestry=southern european"
#define EAST "ancestry=eastern european"
#define EUROPE "ancestry=northern european|southern european|eastern european"
#define MIDDLE_EAST "ancestry=middle eastern"
#define NORTH_AFRICA "ancestry=north african"
#define CENTRAL "ancestry=central asian"
#define EAST_ASIA "ancestry=east asian"
#define SOUTHEAST "ancestry=southeast asian"
#define SOUTH_ASIA "ancestry=south asian"
#define LATIN "ancestry=latin american"
#define NATIVE "ancestry=indigenous american"
#define PACIFIC "ancestry=pacific islander"
#define WEST_AFRICA "ancestry=west african"
#define EAST_AFRICA "ancestry=east african"
#define SOUTHERN "ancestry=southern african"
#define DIASPORA "ancestry=african diaspora"
#define AFRICA "ancestry=west african|east african|southern african"
#define BLACK "ancestry=west african|east african|southern african|african diaspora"
#define MIXED "ancestry=african and european|asian and european|african and asian"
#define F "; masculine=0..0.2"
#define M "; masculine=0.8..1"

static const struct avt_word words[] = {
    A("black", PERSON, BLACK), S("african", AFRICA), S("afro american", DIASPORA), S("african american", DIASPORA),
    S("black american", DIASPORA), S("african descent", BLACK), S("afro caribbean", DIASPORA),
    S("caribbean", DIASPORA), S("west indian", DIASPORA), S("jamaican", DIASPORA), S("jamaica", DIASPORA),
    S("haitian", DIASPORA), S("haiti", DIASPORA), S("trinidadian", DIASPORA), S("barbadian", DIASPORA),
    S("black british", BLACK), S("afro brazilian", DIASPORA), S("sub saharan", AFRICA), S("africa", AFRICA),
    S("west african", WEST_AFRICA), S("west africa", WEST_AFRICA), S("nigerian", WEST_AFRICA),
    S("nigeria", WEST_AFRICA), S("ghanaian", WEST_AFRICA), S("ghana", WEST_AFRICA), S("senegalese", WEST_AFRICA),
    S("senegal", WEST_AFRICA), S("ivorian", WEST_AFRICA), S("malian", WEST_AFRICA), S("mali", WEST_AFRICA),
    S("cameroonian", WEST_AFRICA), S("cameroon", WEST_AFRICA), S("congolese", SOUTHERN), S("congo", SOUTHERN),
    S("angolan", SOUTHERN), S("angola", SOUTHERN), S("yoruba", WEST_AFRICA), S("igbo", WEST_AFRICA),
    S("liberian", WEST_AFRICA), S("east african", EAST_AFRICA), S("east africa", EAST_AFRICA),
    S("kenyan", EAST_AFRICA), S("kenya", EAST_AFRICA), S("ethiopian", EAST_AFRICA), S("ethiopia", EAST_AFRICA),
    S("somali", EAST_AFRICA), S("somalia", EAST_AFRICA), S("somalian", EAST_AFRICA), S("eritrean", EAST_AFRICA),
    S("ugandan", EAST_AFRICA), S("uganda", EAST_AFRICA), S("tanzanian", EAST_AFRICA), S("tanzania", EAST_AFRICA),
    S("rwandan", EAST_AFRICA), S("rwanda", EAST_AFRICA), S("sudanese", EAST_AFRICA), S("sudan", EAST_AFRICA),
    S("zimbabwean", SOUTHERN), S("zimbabwe", SOUTHERN), S("zambian", SOUTHERN), S("zambia", SOUTHERN),
    S("zulu", SOUTHERN), S("namibian", SOUTHERN), S("mozambican", SOUTHERN), S("botswanan", SOUTHERN),
    S("madagascan", "ancestry=african and asian"), W(SMALL, "south african"), W(SMALL, "south africa"),
    A("white", PERSON, EUROPE),
    S("of colour", "ancestry=west african|east african|southern african|african diaspora|south asian|"
      "" "east asian|southeast asian|latin american|middle eastern|north african|indigenous american|"
      "pacific islander"),
    S("caucasian", EUROPE), S("european", EUROPE), S("europe", EUROPE), S("white american", EUROPE),
    S("western european", NORTH), S("northern european", NORTH), S("nordic", NORTH), S("scandinavian", NORTH),
    S("swedish", NORTH), S("sweden", NORTH), S("norwegian", NORTH), S("norway", NORTH), S("danish", NORTH),
    S("denmark", NORTH), S("finnish", NORTH), S("finland", NORTH), S("icelandic", NORTH), S("iceland", NORTH),
    S("german", NORTH), S("germany", NORTH), S("dutch", NORTH), S("netherlands", NORTH), S("belgian", NORTH),
    S("belgium", NORTH), S("austrian", NORTH), S("austria", NORTH), S("swiss", NORTH), S("switzerland", NORTH),
    S("english", NORTH), S("england", NORTH), S("irish", NORTH), S("ireland", NORTH), S("scottish", NORTH),
    S("scotland", NORTH), S("welsh", NORTH), S("wales", NORTH),
    S("french", "ancestry=northern european|southern european"),
    S("france", "ancestry=northern european|southern european"), S("southern european", SOUTH),
    S("mediterranean", SOUTH), S("italian", SOUTH), S("italy", SOUTH), S("spanish", SOUTH), S("spain", SOUTH),
    S("spaniard", SOUTH), S("portuguese", SOUTH), S("portugal", SOUTH), S("greek", SOUTH), S("greece", SOUTH),
    S("sicilian", SOUTH), S("maltese", SOUTH), S("cypriot", SOUTH), S("balkan", SOUTH), S("albanian", SOUTH),
    S("croatian", "ancestry=southern european|eastern european"),
    S("croatia", "ancestry=southern european|eastern european"),
    S("serbian", "ancestry=southern european|eastern european"),
    S("serbia", "ancestry=southern european|eastern european"),
    S("bosnian", "ancestry=southern european|eastern european"),
    S("bulgarian", "ancestry=southern european|eastern european"),
    S("romanian", "ancestry=southern european|eastern european"),
    S("romania", "ancestry=southern european|eastern european"), S("eastern european", EAST), S("slavic", EAST),
    S("russian", EAST), S("russia", EAST), S("ukrainian", EAST), S("ukraine", EAST), S("polish", EAST),
    S("poland", EAST), S("czech", EAST), S("slovak", EAST), S("slovenian", EAST), S("hungarian", EAST),
    S("hungary", EAST), S("belarusian", EAST), S("lithuanian", EAST), S("latvian", EAST), S("estonian", EAST),
    S("baltic", EAST), S("georgian", MIDDLE_EAST), S("armenian", MIDDLE_EAST), S("azerbaijani", MIDDLE_EAST),
    S("ashkenazi", EUROPE), S("sephardic", "ancestry=southern european|middle eastern"),
    S("roma", "ancestry=south asian|southern european"), S("middle eastern", MIDDLE_EAST),
    S("middle east", MIDDLE_EAST), S("arab", "ancestry=middle eastern|north african"),
    S("arabic", "ancestry=middle eastern|north african"), S("arabian", MIDDLE_EAST), S("persian", MIDDLE_EAST),
    S("iranian", MIDDLE_EAST), S("iran", MIDDLE_EAST), S("iraqi", MIDDLE_EAST), S("iraq", MIDDLE_EAST),
    S("turkish", MIDDLE_EAST), S("turk", MIDDLE_EAST), S("kurdish", MIDDLE_EAST), S("syrian", MIDDLE_EAST),
    S("syria", MIDDLE_EAST), S("lebanese", MIDDLE_EAST), S("lebanon", MIDDLE_EAST), S("jordanian", MIDDLE_EAST),
    S("palestinian", MIDDLE_EAST), S("israeli", MIDDLE_EAST), S("saudi", MIDDLE_EAST), S("saudi arabia", MIDDLE_EAST),
    S("emirati", MIDDLE_EAST), S("dubai", MIDDLE_EAST), S("kuwaiti", MIDDLE_EAST), S("qatari", MIDDLE_EAST),
    S("yemeni", MIDDLE_EAST), S("omani", MIDDLE_EAST), S("north african", NORTH_AFRICA),
    S("north africa", NORTH_AFRICA), S("egyptian", NORTH_AFRICA), S("egypt", NORTH_AFRICA),
    S("moroccan", NORTH_AFRICA), S("morocco", NORTH_AFRICA), S("algerian", NORTH_AFRICA), S("algeria", NORTH_AFRICA),
    S("tunisian", NORTH_AFRICA), S("tunisia", NORTH_AFRICA), S("libyan", NORTH_AFRICA), S("berber", NORTH_AFRICA),
    S("amazigh", NORTH_AFRICA), S("central asian", CENTRAL), S("kazakh", CENTRAL), S("kazakhstan", CENTRAL),
    S("uzbek", CENTRAL), S("kyrgyz", CENTRAL), S("turkmen", CENTRAL), S("tajik", CENTRAL), S("uyghur", CENTRAL),
    S("tatar", CENTRAL), S("afghan", "ancestry=central asian|middle eastern|south asian"),
    S("afghanistan", "ancestry=central asian|middle eastern|south asian"),
    S("asian", "ancestry=east asian|southeast asian"), S("asia", "ancestry=east asian|southeast asian"),
    S("asian american", "ancestry=east asian|southeast asian"), S("east asian", EAST_ASIA), S("east asia", EAST_ASIA),
    S("chinese", EAST_ASIA), S("china", EAST_ASIA), S("taiwanese", EAST_ASIA), S("taiwan", EAST_ASIA),
    S("hong kong", EAST_ASIA), S("japanese", EAST_ASIA), S("japan", EAST_ASIA), S("korean", EAST_ASIA),
    S("korea", EAST_ASIA), S("south korean", EAST_ASIA), S("south korea", EAST_ASIA), S("mongolian", EAST_ASIA),
    S("mongolia", EAST_ASIA), S("tibetan", EAST_ASIA), S("southeast asian", SOUTHEAST),
    S("south east asian", SOUTHEAST), S("vietnamese", SOUTHEAST), S("vietnam", SOUTHEAST), S("thai", SOUTHEAST),
    S("thailand", SOUTHEAST), S("filipino", SOUTHEAST M), S("filipina", SOUTHEAST F), S("philippines", SOUTHEAST),
    S("philippine", SOUTHEAST), S("indonesian", SOUTHEAST), S("indonesia", SOUTHEAST), S("malaysian", SOUTHEAST),
    S("malay", SOUTHEAST), S("malaysia", SOUTHEAST), S("cambodian", SOUTHEAST), S("khmer", SOUTHEAST),
    S("laotian", SOUTHEAST), S("burmese", SOUTHEAST), S("myanmar", SOUTHEAST),
    S("singaporean", "ancestry=east asian|southeast asian"), S("javanese", SOUTHEAST), S("south asian", SOUTH_ASIA),
    S("south asia", SOUTH_ASIA), S("desi", SOUTH_ASIA), S("indian", SOUTH_ASIA), S("india", SOUTH_ASIA),
    S("pakistani", SOUTH_ASIA), S("pakistan", SOUTH_ASIA), S("bangladeshi", SOUTH_ASIA), S("bangladesh", SOUTH_ASIA),
    S("bengali", SOUTH_ASIA), S("sri lankan", SOUTH_ASIA), S("sri lanka", SOUTH_ASIA), S("nepali", SOUTH_ASIA),
    S("nepalese", SOUTH_ASIA), S("nepal", SOUTH_ASIA), S("punjabi", SOUTH_ASIA),
    S("tamil", SOUTH_ASIA "; ~skin_tone=6..9"), S("gujarati", SOUTH_ASIA), S("telugu", SOUTH_ASIA),
    S("kashmiri", SOUTH_ASIA), S("maldivian", SOUTH_ASIA), S("south indian", SOUTH_ASIA "; ~skin_tone=6..9"),
    S("north indian", SOUTH_ASIA "; ~skin_tone=4..7"), S("indian american", SOUTH_ASIA),
    S("british indian", SOUTH_ASIA), S("british asian", SOUTH_ASIA),
    A("brown", PERSON, "ancestry=south asian|latin american|middle eastern|southeast asian|"
      "" "" "" "" "" "pacific islander; skin_tone=5..7.5"),
    S("latino", LATIN M), S("latina", LATIN F), S("latinx", LATIN), S("latin", LATIN), S("hispanic", LATIN),
    S("latin american", LATIN), S("latin america", LATIN), S("south american", LATIN), S("south america", LATIN),
    S("central american", LATIN), S("mexican", LATIN), S("mexico", LATIN), S("chicano", LATIN M),
    S("chicana", LATIN F), S("colombian", LATIN), S("colombia", LATIN), S("venezuelan", LATIN), S("venezuela", LATIN),
    S("argentinian", "ancestry=latin american|southern european"),
    S("argentine", "ancestry=latin american|southern european"),
    S("argentina", "ancestry=latin american|southern european"), S("chilean", LATIN), S("chile", LATIN),
    S("peruvian", "ancestry=latin american|indigenous american"),
    S("peru", "ancestry=latin american|indigenous american"),
    S("bolivian", "ancestry=latin american|indigenous american"),
    S("ecuadorian", "ancestry=latin american|indigenous american"),
    S("guatemalan", "ancestry=latin american|indigenous american"),
    S("puerto rican", "ancestry=latin american|african diaspora"),
    S("cuban", "ancestry=latin american|african diaspora"), S("cuba", "ancestry=latin american|african diaspora"),
    S("dominican", "ancestry=latin american|african diaspora"),
    S("brazilian", "ancestry=latin american|african diaspora|southern european|african and european"),
    S("brazil", "ancestry=latin american|african diaspora|southern european|african and european"),
    S("mestizo", LATIN), S("salvadoran", LATIN), S("honduran", LATIN),
    S("uruguayan", "ancestry=latin american|southern european"), S("native american", NATIVE),
    S("indigenous american", NATIVE),
    S("indigenous", "ancestry=indigenous american|pacific islander|aboriginal australian"),
    S("first nations", NATIVE), S("navajo", NATIVE), S("cherokee", NATIVE), S("inuit", NATIVE "; ~skin_tone=4..6"),
    S("mayan", NATIVE), S("quechua", NATIVE), S("andean", NATIVE), S("pacific islander", PACIFIC),
    S("polynesian", PACIFIC), S("samoan", PACIFIC), S("tongan", PACIFIC), S("maori", PACIFIC), S("hawaiian", PACIFIC),
    S("fijian", PACIFIC), S("melanesian", "ancestry=pacific islander|aboriginal australian; ~skin_tone=8..10"),
    S("micronesian", PACIFIC), S("papuan", "ancestry=aboriginal australian; ~skin_tone=8..10"),
    S("aboriginal", "ancestry=aboriginal australian"), S("aboriginal australian", "ancestry=aboriginal australian"),
    S("torres strait islander", "ancestry=pacific islander|aboriginal australian"), S("afro cuban", DIASPORA),
    S("afro colombian", DIASPORA), S("afro german", BLACK), S("afro european", BLACK),
    S("afro asian", "ancestry=african and asian"), S("afro latina", "ancestry=latin american|african diaspora" F),
    S("afro latino", "ancestry=latin american|african diaspora" M), S("mixed", MIXED), S("mixed race", MIXED),
    S("biracial", MIXED), S("multiracial", MIXED), S("mixed heritage", MIXED), S("mixed ethnicity", MIXED),
    S("mixed ancestry", MIXED), S("eurasian", "ancestry=asian and european"),
    S("blasian", "ancestry=african and asian"), S("hapa", "ancestry=asian and european"), W(SMALL, "american"),
    W(SMALL, "america"), W(SMALL, "usa"), W(SMALL, "us"), W(SMALL, "british"), W(SMALL, "britain"), W(SMALL, "uk"),
    W(SMALL, "canadian"), W(SMALL, "canada"), W(SMALL, "australian"), W(SMALL, "australia"),
    W(SMALL, "new zealander"), W(SMALL, "new zealand"), W(SMALL, "descent"), W(SMALL, "heritage"), W(SMALL, "origin"),
    W(SMALL, "ancestry"), W(SMALL, "ethnicity"), W(SMALL, "ethnic"), W(SMALL, "roots"), W(SMALL, "race"),
    W(SMALL, "ethnic background"), W(SMALL, "blood"), W(SMALL, "born"), W(SMALL, "parents"), W(HALF, "half"),
    W(HALF, "part"), W(HALF, "quarter"), N("mix", PERSON, ""),
};

AVT_TABLE(from, "Where one's forebears are from");
