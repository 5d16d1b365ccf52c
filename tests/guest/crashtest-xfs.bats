#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Power cuts at any write or flush under XFS: what it and SQLite on it have promised, they keep, and
# it is whole once its journal has been played.
# modes: mq/6.12
# guest: --memory 1G --cpus 2
# timeout: 600

load crash

setup() {
	crash_setup
}

@test "files-that-were-synced" {
	files_survive $((8 * SCALE)) --fs xfs
}

@test "sqlite-with-a-journal-that-is-deleted" {
	sqlite_delete_survives $((6 * SCALE)) --fs xfs
}

@test "sqlite-with-a-write-ahead-log" {
	sqlite_wal_survives $((6 * SCALE)) --fs xfs
}
