/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which addresses a stranger's URL may lead to. */
#include <stdbool.h>

struct sockaddr;

/**
 * True for addresses of the public Internet only: not this machine, not a private or local network,
 * no multicast, documentation or benchmark range, and nothing that carries another address inside
 * (IPv4-mapped, 6to4, NAT64, Teredo), because what is inside may be any of these.
 *
 * @param ret_kind  What it is instead ("a loopback address"), static; NULL if not wanted.
 */
bool avt_net_address_public(const struct sockaddr *address, const char **ret_kind);
/** True if `host` is "localhost" or a loopback address written in digits. */
bool avt_net_host_is_loopback(const char *host);
