/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "net/guard.h"

static bool allowed(const char *text, const char **ret_kind)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return avt_net_address_public((const struct sockaddr *)&in, ret_kind);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return avt_net_address_public((const struct sockaddr *)&in6, ret_kind);
}

/* The first and the last address of each refused range, and what lies on either side. */
static void guard__table(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *kind; /* NULL: allowed */
    } rows[] = {
        {"0.0.0.0", "this network"},        {"0.255.255.255", "this network"},
        {"1.0.0.0", NULL},                  {"9.255.255.255", NULL},
        {"10.0.0.0", "private"},            {"10.255.255.255", "private"},
        {"11.0.0.0", NULL},                 {"100.63.255.255", NULL},
        {"100.64.0.0", "NAT"},              {"100.127.255.255", "NAT"},
        {"100.128.0.0", NULL},              {"126.255.255.255", NULL},
        {"127.0.0.1", "loopback"},          {"127.255.255.255", "loopback"},
        {"128.0.0.0", NULL},                {"169.253.255.255", NULL},
        {"169.254.169.254", "link-local"},  {"169.255.0.0", NULL},
        {"172.15.255.255", NULL},           {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},      {"172.32.0.0", NULL},
        {"192.0.0.8", "reserved"},          {"192.0.1.0", NULL},
        {"192.0.2.1", "documentation"},     {"192.88.99.1", "6to4"},
        {"192.167.255.255", NULL},          {"192.168.0.0", "private"},
        {"192.168.255.255", "private"},     {"192.169.0.0", NULL},
        {"198.17.255.255", NULL},           {"198.18.0.0", "benchmark"},
        {"198.19.255.255", "benchmark"},    {"198.20.0.0", NULL},
        {"198.51.100.7", "documentation"},  {"203.0.113.7", "documentation"},
        {"223.255.255.255", NULL},          {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},   {"240.0.0.0", "reserved"},
        {"255.255.255.255", "reserved"},    {"93.184.216.34", NULL},
        {"::", "this network"},             {"::1", "loopback"},
        {"::2", "inside"},                  {"::7f00:1", "inside"},
        {"::ffff:127.0.0.1", "inside"},     {"::ffff:93.184.216.34", "inside"},
        {"64:ff9b::7f00:1", "NAT64"},       {"64:ff9b:1::1", "NAT64"},
        {"100::1", "not a public"},         {"1fff:ffff::", "not a public"},
        {"2000::1", NULL},                  {"2001::1", "Teredo"},
        {"2001:0:ffff::1", "Teredo"},       {"2001:1::1", "reserved"},
        {"2001:1ff:ffff::", "reserved"},    {"2001:200::1", NULL},
        {"2001:db7:ffff::", NULL},          {"2001:db8::1", "documentation"},
        {"2001:db9::", NULL},               {"2002:7f00:1::", "6to4"},
        {"2003::1", NULL},                  {"2606:2800:220:1::1", NULL},
        {"3ffe::1", NULL},                  {"3fff::1", "documentation"},
        {"3fff:fff:ffff::", "documentation"}, {"3fff:1000::", NULL},
        {"4000::1", "not a public"},        {"5f00::1", "not a public"},
        {"fc00::1", "private"},             {"fdff::1", "private"},
        {"fe80::1", "link-local"},          {"febf::1", "link-local"},
        {"fec0::1", "private"},             {"ff02::1", "multicast"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *kind = NULL;
        bool good = allowed(rows[i].address, &kind);
        if (good != !rows[i].kind || (kind && !strstr(kind, rows[i].kind)))
            fail_msg("%s: %s", rows[i].address, kind ? kind : "allowed");
    }
}

static void guard__other_families_are_refused(void **state)
{
    (void)state;
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    const char *kind = NULL;
    assert_false(avt_net_address_public((const struct sockaddr *)&un, &kind));
    assert_string_equal(kind, "not an Internet address");
}

static void guard__loopback_hosts(void **state)
{
    (void)state;
    const char *const yes[] = {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"};
    const char *const no[] = {"", "localhost.example.org", "128.0.0.1", "[::2]", "[]", "example.org",
                              "0.0.0.0", "[::1", "127.0.0.1.example.org"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!avt_net_host_is_loopback(yes[i]))
            fail_msg("%s is loopback", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (avt_net_host_is_loopback(no[i]))
            fail_msg("%s is not loopback", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard__table),
        cmocka_unit_test(guard__other_families_are_refused),
        cmocka_unit_test(guard__loopback_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
