/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* SHA-256 (libcrypto). Hex is 64 lower-case characters and a NUL. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { AVT_SHA256_HEX_SIZE = 65 };

struct avt_sha256;
struct avt_sha256 *avt_sha256_new(void);
void avt_sha256_update(struct avt_sha256 *hash, const void *data, size_t size);
void avt_sha256_finish(struct avt_sha256 *hash, char ret_hex[AVT_SHA256_HEX_SIZE]);
void avt_sha256_free(struct avt_sha256 *hash);
AVT_DEFINE_FREEP(struct avt_sha256, avt_sha256_free)

enum { AVT_SHA256_SIZE = 32 };
/** HMAC-SHA256 (RFC 2104). */
void avt_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                     unsigned char ret_mac[AVT_SHA256_SIZE]);

void avt_sha256_data(const void *data, size_t size, char ret_hex[AVT_SHA256_HEX_SIZE]);
AVT_CHECKED enum avt_code avt_sha256_file(const char *path, char ret_hex[AVT_SHA256_HEX_SIZE],
                                          struct avt_error *reterr);

/** Are both the same? Takes equally long wherever they differ, for what an attacker may try out. */
bool avt_equal_secret(const void *a, const void *b, size_t size);

/** For the WebSocket handshake, which asks for it; not for anything that must hold. */
enum { AVT_SHA1_BYTES = 20 };
void avt_sha1_data(const void *data, size_t size, uint8_t ret_digest[AVT_SHA1_BYTES]);
