/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* ---- the table ----------------------------------------------------------------------------------- */

static void config__names_follow_one_rule(void **state)
{
    (void)state;
    for (int i = 0; i < AVT_SETTING_COUNT; i++) {
        const struct avt_setting_info *info = avt_setting_info((enum avt_setting)i);
        char variable[64] = "AVATAR_";
        size_t size = strlen(variable);
        assert_non_null(info->name);
        for (const char *c = info->name; *c; c++)
            variable[size++] = *c == '-' ? '_' : (char)(*c - ('a' - 'A'));
        variable[size] = '\0';
        assert_string_equal(info->variable, variable);
        assert_non_null(info->help);
        assert_true(info->scope != 0);
        assert_true((info->type == AVT_SETTING_FLAG) == !info->argument);
        assert_true((info->type == AVT_SETTING_CHOICE) == (info->choices != NULL));
        for (int other = 0; other < i; other++)
            assert_string_not_equal(avt_setting_info((enum avt_setting)other)->name, info->name);
    }
}

static void config__amounts_of_memory(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes; /* -1: it is none */
    } rows[] = {
        {"10GB", 10000000000}, {"1.5 gb", 1500000000}, {"512MB", 512000000}, {"512", 512000000}, {"2G", 2000000000},
        {"100M", 100000000},   {"", -1},               {"GB", -1},           {"-1GB", -1},       {"1TB", -1},
        {"1.2.3GB", -1},       {"99", -1},             {"21GB", -1},         {"10GBx", -1},      {"1e9", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t bytes = -1;
        bool good = avt_parse_bytes(rows[i].text, 100000000, 20000000000, &bytes);
        if (good != (rows[i].bytes >= 0) || bytes != rows[i].bytes)
            fail_msg("'%s' gives %lld", rows[i].text, (long long)bytes);
    }
}

static void config__durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* < 0: refused */
    } rows[] = {
        {"90", 90000},  {"90s", 90000},     {"250ms", 250},   {"15m", 900000}, {"2min", 120000},
        {"12h", 43200000}, {"7d", 604800000}, {"2w", 1209600000}, {"0", 0},
        {"", -1},       {"s", -1},          {"-1s", -1},      {"1.5h", -1},    {"1 h", -1},
        {"1y", -1},     {"3651d", -1},      {"99999999999999999999s", -1},     {"1h30m", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = -1;
        bool good = avt_parse_duration_ms(rows[i].text, 0, INT64_C(3650) * 86400000, &ms);
        if (good != (rows[i].ms >= 0) || ms != rows[i].ms)
            fail_msg("'%s' is %lld", rows[i].text, (long long)ms);
    }
    int64_t ms = 7;
    assert_false(avt_parse_duration_ms("10s", 11000, 20000, &ms));
    assert_int_equal(ms, 7);
}

/* ---- INI ------------------------------------------------------------------------------------------ */

static void config__ini_sets_values(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_config_done) struct avt_config config;
    struct avt_error error = {0};
    avt_config_init(&config);
    assert_int_equal(avt_config_number(&config, AVT_SET_PORT), 8000);
    assert_int_equal(avt_config_read_ini(&config,
                                         "# top\n[server]\n port = 9000 \n insecure = Yes\n"
                                         "cors-origin = https://a.example,https://b.example ; not a "
                                         "comment\n[worker]\nlease:3s\n\n[avatar]\nstorage = /a b;c\n",
                                         "f", &error),
                     AVT_OK);
    assert_int_equal(avt_config_number(&config, AVT_SET_PORT), 9000);
    assert_int_equal(config.values[AVT_SET_PORT].line, 3);
    assert_int_equal(config.values[AVT_SET_PORT].origin, AVT_CONFIG_FILE);
    assert_true(avt_config_flag(&config, AVT_SET_INSECURE));
    assert_int_equal(avt_config_number(&config, AVT_SET_LEASE), 3000);
    assert_string_equal(avt_config_text(&config, AVT_SET_STORAGE), "/a b;c");
    assert_int_equal(config.values[AVT_SET_HOST].origin, AVT_CONFIG_DEFAULT);
    AVT_CLEANUP(avt_config_list_freep) char **list = avt_config_list(&config, AVT_SET_CORS_ORIGIN);
    assert_string_equal(list[0], "https://a.example");
    assert_string_equal(list[1], "https://b.example");
}

static void config__ini_faults_name_line_and_remedy(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *long_line = avt_asprintf("[server]\nhost = %05000d\n", 1);
    const struct {
        const char *text;
        enum avt_code code;
        const char *where, *what;
    } rows[] = {
        {"[server]\n\nprot = 1\n", AVT_EINVAL, "'f' line 3:", "did you mean 'port'?"},
        {"[server]\nlease = 1s\n", AVT_EINVAL, "line 2:", "belongs into the section [worker]"},
        {"[server]\nleese = 1s\n", AVT_EINVAL, "line 2:", "did you mean 'lease' in [worker]?"},
        {"[server]\nxyzzyxyzzy = 1\n", AVT_EINVAL, "line 2:", "avatar config show"},
        {"[sever]\nport = 1\n", AVT_EINVAL, "line 2:", "did you mean [server]?"},
        {"port = 1\n", AVT_EINVAL, "line 1:", "before the first section"},
        {"[server]\nport = 1\nhost = ::1\nport = 2\n", AVT_EINVAL, "line 4:", "after line 2"},
        {"[server]\nport = 70000\n", AVT_EINVAL, "line 2:", "from 0 to 65535"},
        {"[server]\nport =\n", AVT_EINVAL, "line 2:", "cannot be ''"},
        {"[server]\nhost =\n", AVT_EINVAL, "line 2:", "is empty"},
        {"[server]\nhost = \xff\n", AVT_EINVAL, "line 2:", "UTF-8"},
        {"[server]\nerrors = fastap\n", AVT_EINVAL, "line 2:", "problem, fastapi"},
        {"[server]\ninsecure = maybe\n", AVT_EINVAL, "line 2:", "yes or no"},
        {"[worker]\nlease = 2 hours\n", AVT_EINVAL, "line 2:", "from 1s to 1h"},
        {"[server]\njust words\nport = x\n", AVT_EFORMAT, "line 2:", "neither"},
        {"\n[server\nport = 1\n", AVT_EFORMAT, "line 2:", "neither"},
        {long_line, AVT_ELIMIT, "line 2:", "longer than 4096"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_config_done) struct avt_config config;
        struct avt_error error = {0};
        avt_config_init(&config);
        enum avt_code code = avt_config_read_ini(&config, rows[i].text, "f", &error);
        if (code != rows[i].code || !strstr(error.message, rows[i].where) ||
            !strstr(error.message, rows[i].what))
            fail_msg("row %zu: %d %s", i, code, error.message);
    }
}

/* ---- precedence ------------------------------------------------------------------------------------ */

struct files {
    char folder[32];
    char *home_file; /* <folder>/avatar/avatar.ini */
};

static int setup(void **state)
{
    struct files *files = avt_new0(struct files, 1);
    snprintf(files->folder, sizeof(files->folder), "/tmp/avt-config-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/avatar", files->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    files->home_file = avt_asprintf("%s/avatar.ini", folder);
    for (int i = 0; i < AVT_SETTING_COUNT; i++)
        unsetenv(avt_setting_info((enum avt_setting)i)->variable);
    unsetenv("AVATAR_CONFIG");
    setenv("XDG_CONFIG_HOME", files->folder, 1);
    *state = files;
    return 0;
}

static int teardown(void **state)
{
    struct files *files = *state;
    AVT_CLEANUP(avt_freep) char *folder = avt_asprintf("%s/avatar", files->folder);
    unlink(files->home_file);
    rmdir(folder);
    rmdir(files->folder);
    avt_free(files->home_file);
    avt_free(files);
    return 0;
}

static void put(const char *path, const char *text)
{
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
}

static void config__command_beats_environment_beats_file(void **state)
{
    struct files *files = *state;
    AVT_CLEANUP(avt_config_done) struct avt_config config;
    struct avt_error error = {0};
    put(files->home_file, "[server]\nport = 1001\nworkers = 2\nhost = ::1\n");
    setenv("AVATAR_PORT", "1002", 1);
    setenv("AVATAR_WORKERS", "3", 1);
    setenv("AVATAR_HOST", "", 1); /* as good as unset */
    avt_config_init(&config);
    assert_int_equal(avt_config_set(&config, AVT_SET_PORT, "1003", AVT_CONFIG_COMMAND, "--port", &error),
                     AVT_OK);
    assert_int_equal(avt_config_load(&config, NULL, &error), AVT_OK);
    assert_string_equal(config.file, files->home_file);
    assert_int_equal(avt_config_number(&config, AVT_SET_PORT), 1003);
    assert_int_equal(config.values[AVT_SET_PORT].line, 0);
    assert_int_equal(avt_config_number(&config, AVT_SET_WORKERS), 3);
    assert_int_equal(config.values[AVT_SET_WORKERS].origin, AVT_CONFIG_ENVIRONMENT);
    assert_string_equal(avt_config_text(&config, AVT_SET_HOST), "::1");

    /* A wrong value is an error even where a stronger one stands. */
    setenv("AVATAR_PORT", "many", 1);
    assert_int_equal(avt_config_load(&config, NULL, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "AVATAR_PORT cannot be 'many'"));
}

static void config__which_file(void **state)
{
    struct files *files = *state;
    AVT_CLEANUP(avt_freep) char *other = avt_asprintf("%s/other.ini", files->folder);
    AVT_CLEANUP(avt_freep) char *third = avt_asprintf("%s/third.ini", files->folder);
    struct avt_error error = {0};
    put(files->home_file, "[server]\nport = 1\n");
    put(other, "[server]\nport = 2\n");
    put(third, "[server]\nport = 3\n");
    const struct {
        const char *option, *variable;
        int port;
    } rows[] = {{NULL, NULL, 1},   {NULL, other, 2},    {third, other, 3},
                {third, NULL, 3},  {NULL, "", 8000},    {third, "", 3}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_config_done) struct avt_config config;
        avt_config_init(&config);
        if (rows[i].variable)
            setenv("AVATAR_CONFIG", rows[i].variable, 1);
        else
            unsetenv("AVATAR_CONFIG");
        assert_int_equal(avt_config_load(&config, rows[i].option, &error), AVT_OK);
        assert_int_equal(avt_config_number(&config, AVT_SET_PORT), rows[i].port);
        assert_true((config.file == NULL) == (rows[i].port == 8000));
    }
    AVT_CLEANUP(avt_config_done) struct avt_config config;
    avt_config_init(&config);
    assert_int_equal(avt_config_load(&config, "/nonexistent/avatar.ini", &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, "/nonexistent/avatar.ini"));
    unlink(other);
    unlink(third);
}

/* ---- between processes ------------------------------------------------------------------------------ */

static void config__goes_to_a_child_and_back(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_config_done) struct avt_config config, copy;
    struct avt_error error = {0};
    avt_config_init(&config);
    avt_config_init(&copy);
    assert_int_equal(avt_config_read_ini(&config,
                                         "[avatar]\nstorage = /a=b c\n[server]\nport = 1\n"
                                         "webhook-secret = whsec_x\n[client]\nserver = http://h\n",
                                         "f", &error),
                     AVT_OK);
    AVT_CLEANUP(avt_config_list_freep) char **args = avt_config_to_args(&config, AVT_FOR_SERVER);
    char *argv[AVT_SETTING_COUNT + 1] = {NULL};
    int argc = 1;
    for (; args[argc - 1]; argc++) {
        argv[argc] = args[argc - 1];
        assert_null(strstr(argv[argc], "whsec_x"));
        assert_null(strstr(argv[argc], "http://h"));
    }
    avt_config_export_secrets(&config, AVT_FOR_SERVER);
    setenv("AVATAR_PORT", "77", 1); /* what is on the command line counts */
    assert_int_equal(avt_config_from_args(&copy, argc, argv, AVT_FOR_SERVER, &error), AVT_OK);
    unsetenv("AVATAR_WEBHOOK_SECRET");
    assert_string_equal(avt_config_text(&copy, AVT_SET_STORAGE), "/a=b c");
    assert_int_equal(avt_config_number(&copy, AVT_SET_PORT), 1);
    assert_string_equal(avt_config_text(&copy, AVT_SET_WEBHOOK_SECRET), "whsec_x");
    assert_null(avt_config_text(&copy, AVT_SET_SERVER));
}

static void config__children_take_nothing_else(void **state)
{
    (void)state;
    static char no_value[] = "--port", unknown[] = "--prot=1", word[] = "port=1", other[] = "--server=x",
                secret[] = "--webhook-secret=x", bad[] = "--port=x", prefix[] = "--por=1";
    char *const rows[] = {no_value, unknown, word, other, secret, bad, prefix};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_config_done) struct avt_config config;
        struct avt_error error = {0};
        char *argv[] = {NULL, rows[i], NULL};
        avt_config_init(&config);
        if (avt_config_from_args(&config, 2, argv, AVT_FOR_SERVER, &error) != AVT_EINVAL)
            fail_msg("'%s' was taken", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config__names_follow_one_rule),
        cmocka_unit_test(config__amounts_of_memory),
        cmocka_unit_test(config__durations),
        cmocka_unit_test(config__ini_sets_values),
        cmocka_unit_test(config__ini_faults_name_line_and_remedy),
        cmocka_unit_test_setup_teardown(config__command_beats_environment_beats_file, setup, teardown),
        cmocka_unit_test_setup_teardown(config__which_file, setup, teardown),
        cmocka_unit_test_setup_teardown(config__goes_to_a_child_and_back, setup, teardown),
        cmocka_unit_test(config__children_take_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
