// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-held NUMBER
 *
 * Requests of srdN that are to take a minute each, so that all of them are under way when its power
 * is cut: all end with EIO, and what they wrote is lost.
 */
#include "power.h"

#define REQUESTS	8

static void take_a_minute(unsigned int number)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET, .number = number, .cpu = -1,
	};
	unsigned int op;
	int err;

	for (op = 0; op <= SRD_OP_WRITE; op++) {
		t.op[op].kind = SRD_LATENCY_UNIFORM;
		t.op[op].ns[0] = SRD_TIME_MAX;
		t.op[op].ns[1] = SRD_TIME_MAX;
	}
	err = command(SRD_IOC_TIMING, &t);
	if (err)
		die("TIMING: %s", strerror(err));
}

static void at_once(unsigned int number)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET, .number = number, .cpu = -1,
	};
	int err = command(SRD_IOC_TIMING, &t);

	if (err)
		die("TIMING: %s", strerror(err));
}

int main(int argc, char **argv)
{
	struct iocb cb[REQUESTS], *list[REQUESTS];
	struct io_event event[REQUESTS];
	aio_context_t context = 0;
	unsigned int srd, i;
	uint8_t *buf;
	int fd;

	if (argc != 2)
		return 2;
	srd = number(argv[1]);
	buf = io_buffer(REQUESTS * PAGE);
	memset(buf, 0x5a, REQUESTS * PAGE);
	fd = open_number(srd, O_RDWR | O_DIRECT);
	take_a_minute(srd);
	if (syscall(SYS_io_setup, REQUESTS, &context))
		die("io_setup: %s", strerror(errno));
	for (i = 0; i < REQUESTS; i++) {
		cb[i] = (struct iocb){
			.aio_fildes = fd, .aio_buf = (uintptr_t)buf + i * PAGE, .aio_nbytes = PAGE,
			.aio_lio_opcode = i % 2 ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE,
			/* Not in a row: each is a request by itself. */
			.aio_offset = i * 16 * PAGE,
		};
		list[i] = &cb[i];
	}
	if (syscall(SYS_io_submit, context, REQUESTS, list) != REQUESTS)
		die("io_submit: %s", strerror(errno));
	power_cut(srd);
	if (syscall(SYS_io_getevents, context, REQUESTS, REQUESTS, event, NULL) != REQUESTS)
		die("io_getevents: %s", strerror(errno));
	for (i = 0; i < REQUESTS; i++)
		if (event[i].res != -EIO)
			die("a request ended with %lld", (long long)event[i].res);
	close(fd);
	at_once(srd);
	power_on(srd, SRD_KEEP_NONE, 0);
	fd = open_number(srd, O_RDWR | O_DIRECT);
	read_all(fd, buf, REQUESTS * PAGE, 0);
	if (!all_zero(buf, REQUESTS * PAGE))
		die("something is left");
	close(fd);
	return 0;
}
