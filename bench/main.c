// SPDX-License-Identifier: BSD-2-Clause
/* main.c: the program. Everything is in cli.c, where tests reach it. */
#include "bench/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
