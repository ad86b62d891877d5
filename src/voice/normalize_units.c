/* SPDX-License-Identifier: Apache-2.0 */
/* Units of measure and money. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"
#include "voice/tagger.h"

/* American spelling: the British words sound the same. `apart`: may follow its number after a space
 * without being another word. */
static const struct {
    struct norm_unit unit;
    bool apart;
} UNITS[] = {
    {{"km", "kilometer", "kilometers"}, true},
    {{"m", "meter", "meters"}, true},
    {{"cm", "centimeter", "centimeters"}, true},
    {{"mm", "millimeter", "millimeters"}, true},
    {{"nm", "nanometer", "nanometers"}, true},
    {{"µm", "micrometer", "micrometers"}, true},
    {{"um", "micrometer", "micrometers"}, true},
    {{"mi", "mile", "miles"}, true},
    {{"ft", "foot", "feet"}, true},
    {{"in", "inch", "inches"}, false},
    {{"yd", "yard", "yards"}, true},
    {{"yds", "yard", "yards"}, true},
    {{"kg", "kilogram", "kilograms"}, true},
    {{"kgs", "kilogram", "kilograms"}, true},
    {{"g", "gram", "grams"}, true},
    {{"mg", "milligram", "milligrams"}, true},
    {{"µg", "microgram", "micrograms"}, true},
    {{"lb", "pound", "pounds"}, true},
    {{"lbs", "pound", "pounds"}, true},
    {{"oz", "ounce", "ounces"}, true},
    {{"t", "ton", "tons"}, false},
    {{"l", "liter", "liters"}, true},
    {{"L", "liter", "liters"}, true},
    {{"ml", "milliliter", "milliliters"}, true},
    {{"mL", "milliliter", "milliliters"}, true},
    {{"cl", "centiliter", "centiliters"}, true},
    {{"gal", "gallon", "gallons"}, true},
    {{"s", "second", "seconds"}, false},
    {{"sec", "second", "seconds"}, true},
    {{"secs", "second", "seconds"}, true},
    {{"ms", "millisecond", "milliseconds"}, true},
    {{"ns", "nanosecond", "nanoseconds"}, true},
    {{"min", "minute", "minutes"}, true},
    {{"mins", "minute", "minutes"}, true},
    {{"h", "hour", "hours"}, true},
    {{"hr", "hour", "hours"}, true},
    {{"hrs", "hour", "hours"}, true},
    {{"Hz", "hertz", "hertz"}, true},
    {{"kHz", "kilohertz", "kilohertz"}, true},
    {{"MHz", "megahertz", "megahertz"}, true},
    {{"GHz", "gigahertz", "gigahertz"}, true},
    {{"B", "byte", "bytes"}, false},
    {{"KB", "kilobyte", "kilobytes"}, true},
    {{"kB", "kilobyte", "kilobytes"}, true},
    {{"MB", "megabyte", "megabytes"}, true},
    {{"GB", "gigabyte", "gigabytes"}, true},
    {{"TB", "terabyte", "terabytes"}, true},
    {{"PB", "petabyte", "petabytes"}, true},
    {{"Kbps", "kilobit per second", "kilobits per second"}, true},
    {{"kbps", "kilobit per second", "kilobits per second"}, true},
    {{"Mbps", "megabit per second", "megabits per second"}, true},
    {{"Gbps", "gigabit per second", "gigabits per second"}, true},
    {{"fps", "frame per second", "frames per second"}, true},
    {{"dpi", "dot per inch", "dots per inch"}, true},
    {{"rpm", "revolution per minute", "revolutions per minute"}, true},
    {{"mph", "mile per hour", "miles per hour"}, true},
    {{"kph", "kilometer per hour", "kilometers per hour"}, true},
    {{"mpg", "mile per gallon", "miles per gallon"}, true},
    {{"W", "watt", "watts"}, true},
    {{"kW", "kilowatt", "kilowatts"}, true},
    {{"MW", "megawatt", "megawatts"}, true},
    {{"GW", "gigawatt", "gigawatts"}, true},
    {{"kWh", "kilowatt hour", "kilowatt hours"}, true},
    {{"Wh", "watt hour", "watt hours"}, true},
    {{"V", "volt", "volts"}, true},
    {{"kV", "kilovolt", "kilovolts"}, true},
    {{"A", "amp", "amps"}, false},
    {{"mA", "milliamp", "milliamps"}, true},
    {{"mAh", "milliamp hour", "milliamp hours"}, true},
    {{"J", "joule", "joules"}, true},
    {{"kJ", "kilojoule", "kilojoules"}, true},
    {{"kcal", "kilocalorie", "kilocalories"}, true},
    {{"cal", "calorie", "calories"}, true},
    {{"N", "newton", "newtons"}, false},
    {{"Pa", "pascal", "pascals"}, true},
    {{"kPa", "kilopascal", "kilopascals"}, true},
    {{"psi", "pound per square inch", "pounds per square inch"}, true},
    {{"dB", "decibel", "decibels"}, true},
    {{"ha", "hectare", "hectares"}, true},
    {{"sq", "square", "square"}, true},
    {{"px", "pixel", "pixels"}, true},
    {{"pt", "point", "points"}, true},
    {{"hp", "horsepower", "horsepower"}, true},
    {{"°", "degree", "degrees"}, true},
    {{"°C", "degree Celsius", "degrees Celsius"}, true},
    {{"°F", "degree Fahrenheit", "degrees Fahrenheit"}, true},
    {{"km²", "square kilometer", "square kilometers"}, true},
    {{"m²", "square meter", "square meters"}, true},
    {{"cm²", "square centimeter", "square centimeters"}, true},
    {{"m³", "cubic meter", "cubic meters"}, true},
    {{"ft²", "square foot", "square feet"}, true},
    {{"ft³", "cubic foot", "cubic feet"}, true},
    {{"in²", "square inch", "square inches"}, true},
    {{"mi²", "square mile", "square miles"}, true},
    {{"cm³", "cubic centimeter", "cubic centimeters"}, true},
    {{"km/h", "kilometer per hour", "kilometers per hour"}, true},
    {{"km/s", "kilometer per second", "kilometers per second"}, true},
    {{"m/s", "meter per second", "meters per second"}, true},
    {{"mi/h", "mile per hour", "miles per hour"}, true},
    {{"MB/s", "megabyte per second", "megabytes per second"}, true},
    {{"GB/s", "gigabyte per second", "gigabytes per second"}, true},
    {{"Mb/s", "megabit per second", "megabits per second"}, true},
    {{"g/L", "gram per liter", "grams per liter"}, true},
    {{"mg/L", "milligram per liter", "milligrams per liter"}, true},
    {{"mg/dL", "milligram per deciliter", "milligrams per deciliter"}, true},
};

static size_t find_unit(const char *written)
{
    size_t i = 0;
    while (i < sizeof UNITS / sizeof UNITS[0] && !avt_str_equal(UNITS[i].unit.written, written))
        i++;
    return i;
}

const struct norm_unit *norm_unit(const char *written)
{
    size_t i = find_unit(written);
    return i < sizeof UNITS / sizeof UNITS[0] ? &UNITS[i].unit : NULL;
}

bool norm_unit_apart(const char *written)
{
    size_t i = find_unit(written);
    return i < sizeof UNITS / sizeof UNITS[0] && UNITS[i].apart;
}

const char *norm_multiplier(const char *letters)
{
    static const struct {
        const char *letters, *word;
    } MULTIPLIERS[] = {{"k", "thousand"}, {"K", "thousand"}, {"m", "million"},   {"M", "million"},
                       {"mn", "million"}, {"mm", "million"}, {"MM", "million"},  {"b", "billion"},
                       {"B", "billion"},  {"bn", "billion"}, {"tn", "trillion"}, {"T", "trillion"}};
    for (size_t i = 0; i < sizeof MULTIPLIERS / sizeof MULTIPLIERS[0]; i++)
        if (avt_str_equal(MULTIPLIERS[i].letters, letters))
            return MULTIPLIERS[i].word;
    return NULL;
}

struct currency {
    char sign; /* ASCII stand-in of normalize_chars.c */
    const char *one, *many, *cent, *cents;
};
static const struct currency CURRENCIES[] = {
    {'$', "dollar", "dollars", "cent", "cents"}, {'L', "pound", "pounds", "penny", "pence"},
    {'E', "euro", "euros", "cent", "cents"},     {'Y', "yen", "yen", NULL, NULL},
    {'R', "rupee", "rupees", "paisa", "paise"},  {'W', "won", "won", NULL, NULL},
    {'B', "ruble", "rubles", NULL, NULL},        {'T', "bitcoin", "bitcoins", NULL, NULL},
    {'c', "cent", "cents", NULL, NULL},
};

static const struct currency *find_currency(const struct norm_field *field)
{
    for (size_t i = 0; i < sizeof CURRENCIES / sizeof CURRENCIES[0]; i++)
        if (field->size == 1 && CURRENCIES[i].sign == field->text[0])
            return &CURRENCIES[i];
    return NULL;
}

static bool is_one(const struct norm_field *field)
{
    return field->size == 1 && field->text[0] == '1';
}

/* The word after an amount that makes it large ("$4.2 million", "£3 bn"): the unit goes after it.
 */
static bool large_word_follows(const struct reader *reader)
{
    static const char *const LARGE[] = {
        "hundred", "thousand", "million", "billion", "trillion", "bn", "tn", "mn", "m", "b", "k"};
    char next[32];
    norm_neighbour_word(reader, 1, next);
    for (size_t i = 0; i < sizeof LARGE / sizeof LARGE[0]; i++)
        if (avt_str_equal(next, LARGE[i]))
            return true;
    return false;
}

/* "a $5 bill", "a 10 km run": a measure that qualifies a noun has no plural. */
bool norm_is_qualifier(const struct reader *reader, int offset)
{
    char before[32];
    norm_neighbour_word(reader, offset, before);
    return avt_str_equal(before, "a") || avt_str_equal(before, "an");
}

/* "a $5 bill", and "the $200 fine", "its $3 billion plan": a noun or an adjective follows. */
static bool sum_qualifies(const struct reader *reader)
{
    static const char *const BEFORE[] = {"the",   "this", "that", "his", "her",
                                         "their", "its",  "our",  "my",  "your"};
    if (norm_is_qualifier(reader, -1))
        return true;
    char before[32], next[32];
    norm_neighbour_word(reader, -1, before);
    int offset = large_word_follows(reader) ? 2 : 1;
    norm_neighbour_word(reader, offset, next);
    const struct raw *raw = norm_neighbour(reader, offset);
    if (!AVT_STR_AMONG(before, BEFORE) || !raw || raw->kind != RAW_WORD ||
        !norm_is_lower(reader->text[raw->start]) || avt_tagger_closed(next) != AVT_TAG_NONE)
        return false;
    unsigned classes = avt_tagger_classes(next);
    return (classes & AVT_CLASS_NOUN) || !(classes & (AVT_CLASS_ADVERB | AVT_CLASS_PAST));
}

static void say_amount(struct reader *reader, const struct currency *currency,
                       const struct norm_field *whole, const struct norm_field *fraction)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    bool no_whole = whole->size == 0 || (whole->size == 1 && whole->text[0] == '0');
    /* Two decimals are cents, but "$4.25 million" and "$0.005" are plain decimals. */
    bool cents = fraction && fraction->size == 2 && currency->cent && !large_word_follows(reader);
    if (!cents) {
        norm_decimal(&words, whole, fraction, reader->british);
        norm_say_number(reader, &words);
        bool one = (is_one(whole) && !fraction) || sum_qualifies(reader);
        if (large_word_follows(reader))
            reader->pending = sum_qualifies(reader) ? currency->one : currency->many;
        else
            norm_say(reader, one ? currency->one : currency->many);
        return;
    }
    long value = norm_value(fraction->text, 2);
    if (!no_whole || value == 0) {
        norm_cardinal(&words, whole->text, whole->size, reader->british);
        norm_say_number(reader, &words);
        norm_say(reader, is_one(whole) ? currency->one : currency->many);
        if (value == 0)
            return;
        norm_say(reader, "and");
    }
    size_t skip = fraction->text[0] == '0' ? 1 : 0;
    norm_cardinal(&words, fraction->text + skip, 2 - skip, reader->british);
    norm_say_number(reader, &words);
    bool one = value == 1 || (no_whole && sum_qualifies(reader));
    norm_say(reader, one ? currency->cent : currency->cents);
}

static void say_plain(struct reader *reader, const struct norm_field *whole,
                      const struct norm_field *fraction)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(4096);
    norm_decimal(&words, whole, fraction, reader->british);
    norm_say_number(reader, &words);
}

/* "$5k", "$5M", "$4.2bn". */
static bool say_multiplied(struct reader *reader, const struct currency *currency,
                           const struct norm_field *whole, const struct norm_field *fraction,
                           const struct norm_field *letters)
{
    char written[8];
    if (letters->size >= sizeof written)
        return false;
    memcpy(written, letters->text, letters->size);
    written[letters->size] = '\0';
    const char *multiplier = norm_multiplier(written);
    if (!multiplier)
        return false;
    say_plain(reader, whole, fraction);
    norm_say_flags(reader, multiplier, AVT_WORD_NUMBER);
    norm_say(reader, sum_qualifies(reader) ? currency->one : currency->many);
    return true;
}

/* "$5/month", "$4.50/lb": what is before the slash, then "per" and the rest. */
static bool read_price_per(struct reader *reader, const struct currency *currency,
                           const char *pattern, const struct norm_field *field)
{
    bool decimal = avt_str_equal(pattern, "cd.d/a");
    if (!decimal && !avt_str_equal(pattern, "cd/a"))
        return false;
    const struct norm_field *per = &field[decimal ? 5 : 3];
    char written[16] = "";
    if (per->size < sizeof written)
        memcpy(written, per->text, per->size);
    const struct norm_unit *unit = written[0] ? norm_unit(written) : NULL;
    say_amount(reader, currency, &field[1], decimal ? &field[3] : NULL);
    norm_say(reader, "per");
    if (unit)
        norm_say(reader, unit->one);
    else
        norm_say_letters(reader, per, true);
    return true;
}

/* Ranges, with the unit once, at the end: "$5-10", "$5-$10", "$10-20k". */
static bool read_money_range(struct reader *reader, const struct currency *currency,
                             const char *pattern, const struct norm_field *first,
                             const struct norm_field *last)
{
    bool plain = avt_str_equal(pattern, "cd-d") || avt_str_equal(pattern, "cd-cd");
    bool multiplied = avt_str_equal(pattern, "cd-da") || avt_str_equal(pattern, "cd-cda");
    if (!plain && !multiplied)
        return false;
    say_plain(reader, first, NULL);
    norm_say(reader, "to");
    if (multiplied)
        return say_multiplied(reader, currency, last - 1, NULL, last);
    say_amount(reader, currency, last, NULL);
    return true;
}

/* A sign before the amount and perhaps more after it. */
static bool read_signed_amount(struct reader *reader, const char *pattern,
                               const struct norm_field *field, const struct norm_field *end)
{
    const struct currency *currency = pattern[0] == 'c' ? find_currency(&field[0]) : NULL;
    if (!currency)
        return false;
    if (avt_str_equal(pattern, "cd") || avt_str_equal(pattern, "cd.d")) {
        say_amount(reader, currency, &field[1], pattern[2] == '.' ? &field[3] : NULL);
        return true;
    }
    if (avt_str_equal(pattern, "cda"))
        return say_multiplied(reader, currency, &field[1], NULL, &field[2]);
    if (avt_str_equal(pattern, "cd.da"))
        return say_multiplied(reader, currency, &field[1], &field[3], &field[4]);
    if (avt_str_equal(pattern, "c.d")) {
        const struct norm_field none = {.text = field[2].text, .size = 0};
        say_amount(reader, currency, &none, &field[2]);
        return true;
    }
    if (avt_str_equal(pattern, "cda-cda")) {
        bool both = say_multiplied(reader, currency, &field[1], NULL, &field[2]);
        norm_say(reader, "to");
        return say_multiplied(reader, currency, &field[5], NULL, &field[6]) && both;
    }
    if (read_price_per(reader, currency, pattern, field))
        return true;
    if (read_money_range(reader, currency, pattern, &field[1], end - 1))
        return true;
    if (avt_str_equal(pattern, "cd+")) {
        say_amount(reader, currency, &field[1], NULL);
        norm_say(reader, "plus");
        return true;
    }
    if (strncmp(pattern, "cd-a", 4) != 0)
        return false;
    /* "$500-a-month" */
    say_amount(reader, currency, &field[1], NULL);
    for (const struct norm_field *rest = &field[3]; rest < end; rest++)
        if (norm_is_alpha(rest->text[0]))
            norm_say_letters(reader, rest, true);
    return true;
}

/* "US$5": five US dollars. */
static bool read_country_amount(struct reader *reader, const struct norm_shape *shape)
{
    const struct norm_field *field = shape->fields;
    char country[4];
    const struct currency *currency = find_currency(&field[1]);
    if (!currency || field[0].size >= sizeof country)
        return false;
    memcpy(country, field[0].text, field[0].size);
    country[field[0].size] = '\0';
    say_plain(reader, &field[2], NULL);
    norm_say_spelled(reader, country);
    norm_say(reader, is_one(&field[2]) ? currency->one : currency->many);
    return true;
}

bool norm_read_money(struct reader *reader, const struct norm_shape *shape)
{
    const char *pattern = shape->pattern;
    const struct norm_field *field = shape->fields, *end = shape->fields + shape->count;
    if (avt_str_equal(pattern, "acd"))
        return read_country_amount(reader, shape);
    if (pattern[0] == 'a' && pattern[1] == 'c') /* "US$5k": the country is left out */
        return read_signed_amount(reader, pattern + 1, field + 1, end);
    if (pattern[0] == '-' && pattern[1] == 'c') {
        norm_say(reader, "minus");
        return read_signed_amount(reader, pattern + 1, field + 1, end);
    }
    /* "5€", "50¢", "4.50€" */
    if (avt_str_equal(pattern, "dc") || avt_str_equal(pattern, "d.dc")) {
        const struct currency *currency = find_currency(end - 1);
        if (currency)
            say_amount(reader, currency, &field[0], pattern[1] == '.' ? &field[2] : NULL);
        return currency != NULL;
    }
    return read_signed_amount(reader, pattern, field, end);
}
