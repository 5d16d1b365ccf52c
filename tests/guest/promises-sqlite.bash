#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: promises-sqlite.bash setup DELETE|WAL
#        promises-sqlite.bash work SYNCHRONOUS ROUNDS
#        promises-sqlite.bash check
#
# A database, for srd-crashtest: each transaction is noted in $SRD_RECORD once its COMMIT has
# returned. The check is that the database is whole, that a transaction is there as a whole or not
# at all, and that all are there which were noted.

set -euo pipefail

readonly db=test.db

setup() {
	sqlite3 -bail "$db" "PRAGMA journal_mode=$1; PRAGMA page_size=4096;
		CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
		CREATE TABLE last (id INTEGER NOT NULL); INSERT INTO last VALUES (0);" >/dev/null
	sync -f .
}

# Each puts a row there, changes one that all share, and at times an old one, which it makes longer.
work() {
	local i

	{
		echo "PRAGMA synchronous=$1; PRAGMA wal_autocheckpoint=12;"
		for ((i = 1; i <= $2; i++)); do
			echo "BEGIN IMMEDIATE;
				INSERT INTO row VALUES ($i, printf('%.*c', 100 + $i * 37 % 3000, 'x'));
				UPDATE row SET text = text || 'y' WHERE id = $i / 2;
				UPDATE last SET id = $i;
				COMMIT;
				SELECT writefile('$SRD_RECORD/$i', 'done');"
		done
	} | sqlite3 -bail "$db" >/dev/null
}

check() {
	local said whole last rows noted=0 file

	said=$(sqlite3 -bail "$db" "PRAGMA integrity_check; SELECT id FROM last;
		SELECT count(*) || ' ' || ifnull(max(id), 0) || ' ' || ifnull(sum(length(text) <>
			100 + id * 37 % 3000 + (2 * id <= (SELECT id FROM last)) +
			(2 * id + 1 <= (SELECT id FROM last))), 0) FROM row;" | tr '\n' ' ')
	for file in "$SRD_RECORD"/*; do
		[[ -e $file ]] || continue
		((${file##*/} <= noted)) || noted=${file##*/}
	done
	read -r whole last rows <<<"$said"
	[[ $whole = ok ]] || { echo "the database is not whole: $said" && exit 1; }
	[[ $rows = "$last $last 0" ]] || { echo "a transaction is there in part: $said" && exit 1; }
	((last >= noted)) || { echo "transaction $noted was committed, and the last one is $last" && exit 1; }
}

"$@"
