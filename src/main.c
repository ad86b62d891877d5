/* SPDX-License-Identifier: Apache-2.0 */
#include <avatar/avatar.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    avt_quiet_process();
    return avt_cli_main(argc, argv);
}
