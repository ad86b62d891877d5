/* SPDX-License-Identifier: Apache-2.0 */
#include "net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

/* IANA IPv4 Special-Purpose Address Registry, multicast and the former class E. */
static const struct {
    uint32_t network;
    int bits;
    const char *kind;
} ranges4[] = {
    {0x00000000, 8, "an address of this network"},
    {0x0a000000, 8, "a private address"},
    {0x64400000, 10, "an address behind a provider's NAT"},
    {0x7f000000, 8, "a loopback address"},
    {0xa9fe0000, 16, "a link-local address"},
    {0xac100000, 12, "a private address"},
    {0xc0000000, 24, "a reserved address"},
    {0xc0000200, 24, "a documentation address"},
    {0xc0586300, 24, "a 6to4 relay address"},
    {0xc0a80000, 16, "a private address"},
    {0xc6120000, 15, "a benchmark address"},
    {0xc6336400, 24, "a documentation address"},
    {0xcb007100, 24, "a documentation address"},
    {0xe0000000, 4, "a multicast address"},
    {0xf0000000, 4, "a reserved address"},
};

/* IANA IPv6 Special-Purpose Address Registry; more exact ranges first. What is not in 2000::/3 is
 * not global unicast (RFC 4291) and refused by default. */
static const struct {
    uint8_t network[16];
    int bits;
    const char *kind;
} ranges6[] = {
    {{[15] = 1}, 128, "a loopback address"},
    {{0}, 128, "an address of this network"},
    {{[10] = 0xff, 0xff}, 96, "an IPv4 address inside an IPv6 address"},
    {{0}, 96, "an IPv4 address inside an IPv6 address"},
    {{0x00, 0x64, 0xff, 0x9b}, 32, "a NAT64 address"},
    {{0x20, 0x01, 0x00, 0x00}, 32, "a Teredo address"},
    {{0x20, 0x01, 0x00}, 23, "a reserved address"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},
    {{0x20, 0x02}, 16, "a 6to4 address"},
    {{0x3f, 0xff, 0x00}, 20, "a documentation address"},
    {{0xfc}, 7, "a private address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xfe, 0xc0}, 10, "a private address"},
    {{0xff}, 8, "a multicast address"},
};

static const char *kind4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++)
        if (((address ^ ranges4[i].network) >> (32 - ranges4[i].bits)) == 0)
            return ranges4[i].kind;
    return NULL;
}

static bool begins_with(const uint8_t address[16], const uint8_t network[16], int bits)
{
    size_t whole = (size_t)bits / 8;
    int rest = bits % 8;
    return memcmp(address, network, whole) == 0 &&
           (rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0);
}

static const char *kind6(const uint8_t address[16])
{
    for (size_t i = 0; i < sizeof(ranges6) / sizeof(ranges6[0]); i++)
        if (begins_with(address, ranges6[i].network, ranges6[i].bits))
            return ranges6[i].kind;
    return address[0] >> 5 == 1 ? NULL : "not a public address";
}

bool avt_net_address_public(const struct sockaddr *address, const char **ret_kind)
{
    const char *kind = "not an Internet address";
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        kind = kind4(ntohl(in.sin_addr.s_addr));
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        kind = kind6(in6.sin6_addr.s6_addr);
    }
    if (ret_kind && kind)
        *ret_kind = kind;
    return !kind;
}

bool avt_net_host_is_loopback(const char *host)
{
    struct in_addr in;
    struct in6_addr in6;
    char bare[64];
    size_t size = strlen(host);
    if (avt_str_casecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &in) == 1)
        return ntohl(in.s_addr) >> 24 == 127;
    if (size < 3 || size - 2 >= sizeof(bare))
        return false;
    /* In a URL an IPv6 address stands in brackets. */
    bool brackets = host[0] == '[' && host[size - 1] == ']';
    memcpy(bare, host + brackets, size - 2 * (size_t)brackets);
    bare[size - 2 * (size_t)brackets] = '\0';
    return inet_pton(AF_INET6, bare, &in6) == 1 && IN6_IS_ADDR_LOOPBACK(&in6);
}
