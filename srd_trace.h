/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - tracepoints: /sys/kernel/tracing/events/srd
 *
 * Off, each is an instruction that does nothing. Requests have one for both of theirs, as nearly
 * all requests are small and each instruction of theirs counts: see srd_trace_requests.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM srd

#if !defined(SRD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SRD_TRACE_H

#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <linux/srd.h>

/* Somebody traces requests. */
DECLARE_STATIC_KEY_FALSE(srd_trace_requests);

int srd_trace_requests_on(void);
void srd_trace_requests_off(void);

TRACE_DEFINE_ENUM(SRD_OP_READ);
TRACE_DEFINE_ENUM(SRD_OP_WRITE);
TRACE_DEFINE_ENUM(SRD_OP_DISCARD);
TRACE_DEFINE_ENUM(SRD_OP_WRITE_ZEROES);
TRACE_DEFINE_ENUM(SRD_OP_SECURE_ERASE);
TRACE_DEFINE_ENUM(SRD_OP_FLUSH);

TRACE_DEFINE_ENUM(SRD_EVENT_CREATED);
TRACE_DEFINE_ENUM(SRD_EVENT_REMOVED);
TRACE_DEFINE_ENUM(SRD_EVENT_RESIZED);
TRACE_DEFINE_ENUM(SRD_EVENT_LIMIT);
TRACE_DEFINE_ENUM(SRD_EVENT_ROOM);
TRACE_DEFINE_ENUM(SRD_EVENT_POWER_CUT);
TRACE_DEFINE_ENUM(SRD_EVENT_POWER_ON);
TRACE_DEFINE_ENUM(SRD_EVENT_SNAPSHOT);
TRACE_DEFINE_ENUM(SRD_EVENT_ROLLBACK);
TRACE_DEFINE_ENUM(SRD_EVENT_RESET);

TRACE_DEFINE_ENUM(SRD_LIMIT_DISK);
TRACE_DEFINE_ENUM(SRD_LIMIT_MODULE);
TRACE_DEFINE_ENUM(SRD_LIMIT_MACHINE);

TRACE_DEFINE_ENUM(SRD_FAULT_ERROR);
TRACE_DEFINE_ENUM(SRD_FAULT_DELAY);
TRACE_DEFINE_ENUM(SRD_FAULT_TORN);
TRACE_DEFINE_ENUM(SRD_FAULT_DROP);
TRACE_DEFINE_ENUM(SRD_FAULT_FLIP);
TRACE_DEFINE_ENUM(SRD_FAULT_TIMEOUT);
TRACE_DEFINE_ENUM(SRD_FAULT_POWERCUT);

#define srd_trace_op(op) __print_symbolic(op,			\
	{ SRD_OP_READ,		"read" },			\
	{ SRD_OP_WRITE,		"write" },			\
	{ SRD_OP_DISCARD,	"discard" },			\
	{ SRD_OP_WRITE_ZEROES,	"write-zeroes" },		\
	{ SRD_OP_SECURE_ERASE,	"secure-erase" },		\
	{ SRD_OP_FLUSH,		"flush" })

#define srd_trace_kind(kind) __print_symbolic(kind,		\
	{ SRD_EVENT_CREATED,	"created" },			\
	{ SRD_EVENT_REMOVED,	"removed" },			\
	{ SRD_EVENT_RESIZED,	"resized" },			\
	{ SRD_EVENT_LIMIT,	"limit" },			\
	{ SRD_EVENT_ROOM,	"room" },			\
	{ SRD_EVENT_POWER_CUT,	"power-cut" },			\
	{ SRD_EVENT_POWER_ON,	"power-on" },			\
	{ SRD_EVENT_SNAPSHOT,	"snapshot" },			\
	{ SRD_EVENT_ROLLBACK,	"rollback" },			\
	{ SRD_EVENT_RESET,	"reset" })

#define srd_trace_limit(what) __print_symbolic(what,		\
	{ SRD_LIMIT_DISK,	"disk" },			\
	{ SRD_LIMIT_MODULE,	"module" },			\
	{ SRD_LIMIT_MACHINE,	"machine" })

#define srd_trace_what(what) __print_symbolic(what,		\
	{ SRD_FAULT_ERROR,	"error" },			\
	{ SRD_FAULT_DELAY,	"delay" },			\
	{ SRD_FAULT_TORN,	"torn" },			\
	{ SRD_FAULT_DROP,	"drop" },			\
	{ SRD_FAULT_FLIP,	"flip" },			\
	{ SRD_FAULT_TIMEOUT,	"timeout" },			\
	{ SRD_FAULT_POWERCUT,	"powercut" })

/* A request has come; @sector and @bytes say what it is about. */
TRACE_EVENT_FN(srd_request_start,
	TP_PROTO(int disk, unsigned int op, u64 sector, unsigned int bytes),
	TP_ARGS(disk, op, sector, bytes),
	TP_STRUCT__entry(
		__field(int,		disk)
		__field(unsigned int,	op)
		__field(u64,		sector)
		__field(unsigned int,	bytes)
	),
	TP_fast_assign(
		__entry->disk = disk;
		__entry->op = op;
		__entry->sector = sector;
		__entry->bytes = bytes;
	),
	TP_printk("srd%d %s sector=%llu bytes=%u", __entry->disk, srd_trace_op(__entry->op),
		  __entry->sector, __entry->bytes),
	srd_trace_requests_on, srd_trace_requests_off
);

/* It has been served or refused, @latency ns later; who polls for it may not know yet. */
TRACE_EVENT_FN(srd_request_done,
	TP_PROTO(int disk, unsigned int op, u64 sector, unsigned int bytes, int error, u64 latency),
	TP_ARGS(disk, op, sector, bytes, error, latency),
	TP_STRUCT__entry(
		__field(int,		disk)
		__field(unsigned int,	op)
		__field(u64,		sector)
		__field(unsigned int,	bytes)
		__field(int,		error)
		__field(u64,		latency)
	),
	TP_fast_assign(
		__entry->disk = disk;
		__entry->op = op;
		__entry->sector = sector;
		__entry->bytes = bytes;
		__entry->error = error;
		__entry->latency = latency;
	),
	TP_printk("srd%d %s sector=%llu bytes=%u error=%d latency=%llu", __entry->disk,
		  srd_trace_op(__entry->op), __entry->sector, __entry->bytes, __entry->error,
		  __entry->latency),
	srd_trace_requests_on, srd_trace_requests_off
);

/* Pages of disks' tables and data: taken from the machine, and given back to it. */
DECLARE_EVENT_CLASS(srd_page,
	TP_PROTO(const struct page *page),
	TP_ARGS(page),
	TP_STRUCT__entry(
		__field(unsigned long,	pfn)
		__field(int,		node)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->node = page_to_nid(page);
	),
	TP_printk("pfn=%#lx node=%d", __entry->pfn, __entry->node)
);

DEFINE_EVENT(srd_page, srd_page_alloc,
	TP_PROTO(const struct page *page), TP_ARGS(page));

DEFINE_EVENT(srd_page, srd_page_free,
	TP_PROTO(const struct page *page), TP_ARGS(page));

/* Something became of a disk; the fields are those of struct srd_event. */
TRACE_EVENT(srd_disk,
	TP_PROTO(unsigned int kind, int disk, int other, u64 value, u64 before),
	TP_ARGS(kind, disk, other, value, before),
	TP_STRUCT__entry(
		__field(unsigned int,	kind)
		__field(int,		disk)
		__field(int,		other)
		__field(u64,		value)
		__field(u64,		before)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->disk = disk;
		__entry->other = other;
		__entry->value = value;
		__entry->before = before;
	),
	TP_printk("srd%d %s other=%d value=%llu before=%llu", __entry->disk,
		  srd_trace_kind(__entry->kind), __entry->other, __entry->value, __entry->before)
);

/* A limit was met, or is one no more; @disk is -1 where it is that of all. */
TRACE_EVENT(srd_limit,
	TP_PROTO(unsigned int kind, int disk, unsigned int what, u64 limit, u64 held),
	TP_ARGS(kind, disk, what, limit, held),
	TP_STRUCT__entry(
		__field(unsigned int,	kind)
		__field(int,		disk)
		__field(unsigned int,	what)
		__field(u64,		limit)
		__field(u64,		held)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->disk = disk;
		__entry->what = what;
		__entry->limit = limit;
		__entry->held = held;
	),
	TP_printk("disk=%d %s %s limit=%llu held=%llu", __entry->disk,
		  srd_trace_kind(__entry->kind), srd_trace_limit(__entry->what), __entry->limit,
		  __entry->held)
);

/* A rule was applied to a request. */
TRACE_EVENT(srd_fault,
	TP_PROTO(int disk, const struct srd_rule *rule, unsigned int op, u64 start, u64 length),
	TP_ARGS(disk, rule, op, start, length),
	TP_STRUCT__entry(
		__field(int,		disk)
		__field(u32,		rule)
		__field(unsigned int,	what)
		__field(int,		error)
		__field(unsigned int,	op)
		__field(u64,		start)
		__field(u64,		length)
	),
	TP_fast_assign(
		__entry->disk = disk;
		__entry->rule = rule->id;
		__entry->what = rule->what;
		__entry->error = rule->error;
		__entry->op = op;
		__entry->start = start;
		__entry->length = length;
	),
	TP_printk("srd%d rule=%u %s error=%d %s start=%llu length=%llu", __entry->disk,
		  __entry->rule, srd_trace_what(__entry->what), __entry->error,
		  srd_trace_op(__entry->op), __entry->start, __entry->length)
);

#endif /* SRD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE srd_trace
#include <trace/define_trace.h>
