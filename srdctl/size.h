/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - sizes, times and numbers as people write and read them
 */
#ifndef SRDCTL_SIZE_H
#define SRDCTL_SIZE_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_TEXT_LEN	24	/* room for any text that a function of this file writes */

/**
 * size_parse() - read a size such as 4096, 64K, 1.5GiB or 2GB
 * @text: digits, an optional fraction, and K, M, G, T, P or E, alone or with iB (powers of 1024)
 *	or B (powers of 1000), in either case; with B alone or nothing, bytes
 * @size: set to the size in bytes
 *
 * Return: 0; -EINVAL when @text is not a size or not a whole number of bytes; -ERANGE when it
 * does not fit into 64 bits.
 */
int size_parse(const char *text, uint64_t *size);

/**
 * size_format() - write a size with the largest suffix that it reaches, and one decimal at most
 * @size: bytes
 * @text: the result, such as 1.5G
 */
void size_format(uint64_t size, char text[SIZE_TEXT_LEN]);

/**
 * time_format() - write a time with three significant digits and its unit
 * @ns: nanoseconds
 * @text: the result, such as 16.4us
 */
void time_format(uint64_t ns, char text[SIZE_TEXT_LEN]);

/**
 * time_parse() - read a time such as 80us, 1.5ms or 2s
 * @text: digits, an optional fraction, and ns, us, ms or s
 * @ns: set to the nanoseconds
 *
 * Return: 0; -EINVAL when @text is not a time, or not a whole number of nanoseconds; -ERANGE when
 * it does not fit into 64 bits.
 */
int time_parse(const char *text, uint64_t *ns);

/**
 * time_write() - write a time exactly, for time_parse()
 * @ns: nanoseconds
 * @text: the result, such as 1500us
 */
void time_write(uint64_t ns, char text[SIZE_TEXT_LEN]);

/**
 * number_parse() - read a plain decimal number
 * @text: digits and nothing else
 * @max: the largest number that is accepted
 * @number: set to the number
 *
 * Return: 0; -EINVAL when @text is not a number; -ERANGE when it is larger than @max.
 */
int number_parse(const char *text, uint32_t max, uint32_t *number);

/**
 * number64_parse() - read a plain decimal number of up to 64 bits
 * @text: digits and nothing else
 * @number: set to the number
 *
 * Return: 0; -EINVAL when @text is not a number; -ERANGE when it does not fit into 64 bits.
 */
int number64_parse(const char *text, uint64_t *number);

/**
 * chance_parse() - read a probability such as 1%, 0.001 or 1/1000
 * @text: a number with %, one that is not above 1, or two whole ones with a slash
 * @chance: set to how many times out of 2^32, at least 1; 0: always
 *
 * Return: 0; -EINVAL when @text is not a probability; -ERANGE when it is 0 or above 1.
 */
int chance_parse(const char *text, uint32_t *chance);

/**
 * chance_format() - write a probability in percent, with as many digits as it takes to read it back
 * @chance: how many times out of 2^32; 0: always
 * @text: the result, such as 0.1%
 */
void chance_format(uint32_t chance, char text[SIZE_TEXT_LEN]);

#endif /* SRDCTL_SIZE_H */
