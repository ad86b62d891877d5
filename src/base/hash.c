/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"

struct avt_sha256 {
    EVP_MD_CTX *md;
};

struct avt_sha256 *avt_sha256_new(void)
{
    struct avt_sha256 *hash = avt_new0(struct avt_sha256, 1);
    hash->md = EVP_MD_CTX_new();
    avt_assert(hash->md && EVP_DigestInit_ex(hash->md, EVP_sha256(), NULL) == 1);
    return hash;
}

void avt_sha256_update(struct avt_sha256 *hash, const void *data, size_t size)
{
    avt_assert(EVP_DigestUpdate(hash->md, data, size) == 1);
}

void avt_sha256_finish(struct avt_sha256 *hash, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    avt_assert(EVP_DigestFinal_ex(hash->md, digest, &size) == 1 && size == 32);
    for (unsigned i = 0; i < size; i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hex[64] = '\0';
}

void avt_sha256_free(struct avt_sha256 *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->md);
    avt_free(hash);
}

void avt_sha256_data(const void *data, size_t size, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    avt_sha256_update(hash, data, size);
    avt_sha256_finish(hash, ret_hex);
}

enum avt_code avt_sha256_file(const char *path, char ret_hex[AVT_SHA256_HEX_SIZE],
                              struct avt_error *reterr)
{
    enum { BLOCK = 1 << 16 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                        strerror(errno));
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    AVT_CLEANUP(avt_freep) char *block = avt_new0(char, BLOCK);
    ssize_t got;
    while ((got = read(fd, block, BLOCK)) > 0)
        avt_sha256_update(hash, block, (size_t)got);
    int errnum = errno;
    close(fd);
    if (got < 0)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errnum));
    avt_sha256_finish(hash, ret_hex);
    return AVT_OK;
}

bool avt_equal_secret(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void avt_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                     unsigned char ret_mac[AVT_SHA256_SIZE])
{
    unsigned length = 0;
    avt_assert(key_size <= INT_MAX);
    avt_assert(HMAC(EVP_sha256(), key, (int)key_size, data, size, ret_mac, &length) &&
               length == AVT_SHA256_SIZE);
}

void avt_sha1_data(const void *data, size_t size, uint8_t ret_digest[AVT_SHA1_BYTES])
{
    unsigned got = 0;
    avt_assert(EVP_Digest(data, size, ret_digest, &got, EVP_sha1(), NULL) == 1 &&
               got == AVT_SHA1_BYTES);
}
