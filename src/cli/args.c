/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <avatar/avatar.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/moment.h"

struct parser {
    struct avt_args *args;
    struct avt_args_fault *fault;
    int argc;
    char *const *argv;
    int next;
};

/** Where a command says its help is: "avatar pipeline run --help". */
static void hint_help(struct parser *p)
{
    snprintf(p->fault->hint, sizeof(p->fault->hint), "'avatar%s%s --help' shows what there is",
             *p->args->path ? " " : "", p->args->path);
}

static bool fail(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct parser *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(p->fault->message, sizeof(p->fault->message), format, list);
    va_end(list);
    if (!*p->fault->hint)
        hint_help(p);
    return false;
}

static void hint(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void hint(struct parser *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(p->fault->hint, sizeof(p->fault->hint), format, list);
    va_end(list);
}

/* ---- values -------------------------------------------------------------------------------- */

static size_t count_choices(const char *const *choices)
{
    size_t count = 0;
    while (choices[count])
        count++;
    return count;
}

static bool check_choice(struct parser *p, const char *what, const char *value,
                         const char *const *choices)
{
    char all[128] = "";
    for (size_t i = 0; choices[i]; i++) {
        if (avt_str_equal(choices[i], value))
            return true;
        size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "", choices[i]);
    }
    const char *near = avt_nearest_name(value, choices, count_choices(choices));
    if (near)
        hint(p, "did you mean %s?", near);
    return fail(p, "%s cannot be '%s'; it is one of %s", what, value, all);
}

/** "25" or "30000/1001". */
static bool parse_rate(const char *value, int *ret_num, int *ret_den)
{
    char buffer[32];
    int64_t num = 0, den = 1;
    double number = 0;
    if (strlen(value) >= sizeof(buffer))
        return false;
    strncat(memset(buffer, 0, sizeof(buffer)), value, sizeof(buffer) - 1);
    char *slash = strchr(buffer, '/');
    if (slash) {
        *slash = '\0';
        if (!avt_parse_int(buffer, 1, 1000000, &num) || !avt_parse_int(slash + 1, 1, 100000, &den))
            return false;
    } else if (!avt_parse_int(buffer, 1, 1000000, &num)) {
        /* A decimal such as 29.97 stands for thousandths. */
        if (!avt_parse_double(buffer, 0.001, 1000, &number))
            return false;
        num = (int64_t)(number * 1000 + 0.5);
        den = 1000;
    }
    *ret_num = (int)num;
    *ret_den = (int)den;
    return true;
}

static bool size_is_valid(const char *value)
{
    int width = 0, height = 0, end = 0;
    if (avt_str_equal(value, "source"))
        return true;
    if (strspn(value, "0123456789x") != strlen(value) || strlen(value) > 11)
        return false;
    return sscanf(value, "%dx%d%n", &width, &height, &end) == 2 && value[end] == '\0';
}

static bool check_number(struct parser *p, enum avt_cli_opt id, const char *value)
{
    const struct avt_cli_option *option = avt_cli_option(id);
    double *number = &p->args->number[id];
    int64_t whole = 0;
    bool ok;
    if (option->type == AVT_CLI_INTEGER) {
        ok = avt_parse_int(value, (int64_t)option->min, (int64_t)option->max, &whole);
        *number = (double)whole;
    } else if (option->type == AVT_CLI_BYTES) {
        ok = avt_parse_bytes(value, (int64_t)option->min, (int64_t)option->max, &whole);
        *number = (double)whole;
        return ok || fail(p, "--%s cannot be '%s'; it is an amount of memory such as 10GB or 512MB, from %.0f to "
                             "%.0f MB",
                          option->name, value, option->min / 1e6, option->max / 1e6);
    } else if (option->type == AVT_CLI_DURATION) {
        ok = avt_parse_duration_ms(value, (int64_t)option->min, (int64_t)option->max, &whole);
        *number = (double)whole;
        char low[AVT_DURATION_SIZE], high[AVT_DURATION_SIZE];
        return ok || fail(p, "--%s cannot be '%s'; it is a time such as 90s, 15m, 12h or 7d, from %s to %s",
                          option->name, value, avt_duration_text((int64_t)option->min, low),
                          avt_duration_text((int64_t)option->max, high));
    } else if (option->type == AVT_CLI_RATE) {
        ok = parse_rate(value, &p->args->rate_num, &p->args->rate_den);
        *number = ok ? (double)p->args->rate_num / p->args->rate_den : 0;
        ok = ok && *number >= option->min && *number <= option->max;
    } else {
        ok = avt_parse_double(value, option->min, option->max, number);
    }
    if (ok)
        return true;
    return fail(p, "--%s cannot be '%s'; it is %s from %.*f to %.0f", option->name, value,
                option->type == AVT_CLI_INTEGER ? "a whole number" : "a number",
                option->min != (double)(int64_t)option->min, option->min, option->max);
}

static bool check_blink(struct parser *p, enum avt_cli_opt id, const char *value)
{
    const struct avt_cli_option *option = avt_cli_option(id);
    int64_t whole = 0;
    if (avt_str_equal(value, "on"))
        whole = AVT_BLINK_USUAL;
    else if (!avt_str_equal(value, "off") &&
             !avt_parse_int(value, (int64_t)option->min, (int64_t)option->max, &whole))
        return fail(p, "--%s cannot be '%s'; it is on, off, or how often a minute, a whole number from %.0f to %.0f",
                    option->name, value, option->min, option->max);
    p->args->number[id] = (double)whole;
    return true;
}

static bool check_moment(struct parser *p, enum avt_cli_opt id, const char *value)
{
    const struct avt_cli_option *option = avt_cli_option(id);
    bool back = option->max < 0;
    int64_t ms = 0;
    if (!avt_moment_parse(value, avt_time_now_ms(), back, (int64_t)(back ? -option->max : option->max),
                          &ms))
        return fail(p, "--%s cannot be '%s'; it is a time such as 2h (%s), 18:30, 2026-01-15 18:30 or "
                       "2026-01-15T18:30:00Z",
                    option->name, value, back ? "ago" : "from now");
    p->args->number[id] = (double)ms;
    return true;
}

static bool check_value(struct parser *p, enum avt_cli_opt id, const char *value)
{
    const struct avt_cli_option *option = avt_cli_option(id);
    char what[40];
    snprintf(what, sizeof(what), "--%s", option->name);
    switch (option->type) {
    case AVT_CLI_CHOICE:
        return check_choice(p, what, value, option->choices);
    case AVT_CLI_INTEGER:
    case AVT_CLI_NUMBER:
    case AVT_CLI_RATE:
    case AVT_CLI_BYTES:
    case AVT_CLI_DURATION:
        return check_number(p, id, value);
    case AVT_CLI_MOMENT:
        return check_moment(p, id, value);
    case AVT_CLI_SIZE:
        if (!size_is_valid(value))
            return fail(p, "--%s cannot be '%s'; it is source, or width x height such as 1280x720",
                        option->name, value);
        return true;
    case AVT_CLI_BLINK:
        return check_blink(p, id, value);
    case AVT_CLI_VOICE:
    case AVT_CLI_INPUT:
    case AVT_CLI_OUTPUT:
    case AVT_CLI_FOLDER:
    case AVT_CLI_LIST:
        if (!*value)
            return fail(p, "--%s is empty; it needs a %s", option->name, option->argument);
        return true;
    default:
        return true;
    }
}

/* ---- operands ------------------------------------------------------------------------------ */

/* One word that the command works on. */
static bool parse_operand(struct parser *p, const char *word)
{
    struct avt_args *args = p->args;
    const struct avt_cli_operand *operand = &args->command->operand;
    if (!operand->name)
        return fail(p, "'avatar %s' takes no argument, but got '%s'", args->path, word);
    if (args->operand_count == operand->count_max) {
        if (operand->type == AVT_CLI_STRING)
            hint(p, "put a text of several words in quotes");
        return fail(p, "'avatar %s' takes %zu %s, but got one more: '%s'", args->path,
                    operand->count_max, operand->name, word);
    }
    if (operand->type == AVT_CLI_CHOICE && !check_choice(p, operand->name, word, operand->choices))
        return false;
    args->operands[args->operand_count++] = word;
    return true;
}

/* ---- options ------------------------------------------------------------------------------- */

static bool store(struct parser *p, enum avt_cli_opt id, const char *value)
{
    const struct avt_cli_option *option = avt_cli_option(id);
    p->args->given[id]++;
    if (option->type == AVT_CLI_FLAG && id >= AVT_OPT_SETTINGS) {
        /* What a file has turned on can be turned off again: --insecure=no. */
        p->args->text[id] = value ? value : "yes";
        return true;
    }
    if (option->type == AVT_CLI_FLAG) {
        if (value)
            return fail(p, "--%s takes no value, but got '%s'", option->name, value);
        return true;
    }
    if (!value) {
        if (p->next >= p->argc)
            return fail(p, "--%s needs a value: %s", option->name, option->argument);
        value = p->argv[p->next++];
    }
    p->args->text[id] = value;
    if (option->type == AVT_CLI_LIST) {
        if (p->args->value_count == AVT_ARGS_VALUES_MAX)
            return fail(p, "--%s is given too often", option->name);
        p->args->values[p->args->value_count++] = (struct avt_args_value){id, value};
    }
    if (!check_value(p, id, value))
        return false;
    return !option->is_operand || parse_operand(p, value);
}

static bool unknown_option(struct parser *p, const char *given)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    const char *names[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(p->args->command, ids), shown = 0;
    for (size_t i = 0; i < count; i++)
        if (!avt_cli_option(ids[i])->hidden)
            names[shown++] = avt_cli_option(ids[i])->name;

    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(given + 2, "="), given + 2);
    const char *near = given[1] == '-' ? avt_nearest_name(name, names, shown) : NULL;
    if (near)
        hint(p, "did you mean --%s?", near);
    else if (p->args->command->operand.type == AVT_CLI_STRING && p->args->command->operand.name)
        hint(p, "put -- before a text that begins with a dash");
    return fail(p, "there is no option '%s' in 'avatar%s%s'", given, *p->args->path ? " " : "",
                p->args->path);
}

static bool parse_long(struct parser *p, const char *given)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(p->args->command, ids);
    size_t length = strcspn(given + 2, "=");
    for (size_t i = 0; i < count; i++) {
        const char *name = avt_cli_option(ids[i])->name;
        if (strlen(name) == length && strncmp(name, given + 2, length) == 0)
            return store(p, ids[i], given[2 + length] ? given + 2 + length + 1 : NULL);
    }
    return unknown_option(p, given);
}

/** -q, -qv, -o FILE, -oFILE. */
static bool parse_short(struct parser *p, const char *given)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(p->args->command, ids);
    for (const char *letter = given + 1; *letter; letter++) {
        size_t i = 0;
        while (i < count && avt_cli_option(ids[i])->letter != *letter)
            i++;
        if (i == count)
            return unknown_option(p, given);
        if (avt_cli_option(ids[i])->type != AVT_CLI_FLAG)
            return store(p, ids[i], letter[1] ? letter + 1 : NULL);
        if (!store(p, ids[i], NULL))
            return false;
    }
    return true;
}

/* ---- words --------------------------------------------------------------------------------- */

static bool unknown_command(struct parser *p, const char *word)
{
    const char *names[32];
    size_t count = 0;
    for (const struct avt_cli_command *c = p->args->command->commands; c->name && count < 32; c++)
        names[count++] = c->name;
    const char *near = avt_nearest_name(word, names, count);
    if (near)
        hint(p, "did you mean 'avatar%s%s %s'?", *p->args->path ? " " : "", p->args->path, near);
    return fail(p, "there is no command 'avatar%s%s %s'", *p->args->path ? " " : "", p->args->path,
                word);
}

static bool parse_word(struct parser *p, const char *word)
{
    struct avt_args *args = p->args;
    const struct avt_cli_command *command = args->command;
    if (command->commands) {
        const struct avt_cli_command *next = avt_cli_find(command, word);
        if (!next)
            return unknown_command(p, word);
        size_t used = strlen(args->path);
        snprintf(args->path + used, sizeof(args->path) - used, "%s%s", used ? " " : "", next->name);
        args->command = next;
        return true;
    }
    return parse_operand(p, word);
}

/* ---- whole --------------------------------------------------------------------------------- */

static bool fill_defaults(struct parser *p)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(p->args->command, ids);
    for (size_t i = 0; i < count; i++) {
        const struct avt_cli_option *option = avt_cli_option(ids[i]);
        if (p->args->given[ids[i]] || ids[i] >= AVT_OPT_SETTINGS)
            continue;
        if (option->required)
            return fail(p, "'avatar %s' needs --%s %s", p->args->path, option->name,
                        option->argument);
        p->args->text[ids[i]] = option->fallback;
        if (option->fallback && !check_value(p, ids[i], option->fallback))
            return false;
    }
    return true;
}

static bool check_complete(struct parser *p)
{
    const struct avt_cli_command *command = p->args->command;
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids), i = 0;
    while (i < count && ids[i] != AVT_OPT_VERBOSE)
        i++;
    if (p->args->given[AVT_OPT_VERBOSE] && i == count)
        return unknown_option(p, "--verbose");
    if (command->commands)
        return fail(p, "'avatar%s%s' needs a command", *p->args->path ? " " : "", p->args->path);
    if (p->args->operand_count < command->operand.count_min)
        return fail(p, "'avatar %s' needs %s", p->args->path, command->operand.name);
    return true;
}

bool avt_args_parse(int argc, char *const *argv, struct avt_args *ret_args,
                    struct avt_args_fault *ret_fault)
{
    memset(ret_args, 0, sizeof(*ret_args));
    memset(ret_fault, 0, sizeof(*ret_fault));
    ret_args->command = &avt_cli_root;
    struct parser p = {.args = ret_args, .fault = ret_fault, .argc = argc, .argv = argv, .next = 1};
    bool options_ended = false;
    while (p.next < argc) {
        const char *word = argv[p.next++];
        bool ok;
        if (!options_ended && avt_str_equal(word, "--")) {
            options_ended = true;
            continue;
        }
        if (!options_ended && word[0] == '-' && word[1] == '-')
            ok = parse_long(&p, word);
        else if (!options_ended && word[0] == '-' && word[1] != '\0')
            ok = parse_short(&p, word);
        else
            ok = parse_word(&p, word);
        if (!ok)
            return false;
    }
    if (ret_args->given[AVT_OPT_HELP] || ret_args->given[AVT_OPT_VERSION])
        return true;
    return check_complete(&p) && fill_defaults(&p);
}
