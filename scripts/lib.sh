# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of this folder share. Sourced, never run.

set -euo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
SRD_SRC=${SRD_SRC:-$(dirname -- "$scripts")}
SRD_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/srd

# shellcheck disable=SC2034 # for the scripts which source this file
readonly EXIT_UNAVAILABLE=77	# what was asked for cannot be had on this machine

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	note "$@"
	exit 1
}

unavailable() {
	note "$@"
	exit "$EXIT_UNAVAILABLE"
}

# usage - print the comment at the head of the running script, which is its help
usage() {
	awk 'NR > 3 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

# key - a short hash of what is on stdin
key() {
	sha256sum | cut -c 1-16
}

# --- host packages -----------------------------------------------------------

# packages_in FILE - the package names in a list with comments
packages_in() {
	sed 's/#.*//' "$1" | xargs -n 1
}

# missing PACKAGE... - print those which are not installed
missing() {
	local package status
	local -A installed=()

	while read -r package status; do
		[[ $status != installed ]] || installed[$package]=1
	done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)

	for package; do
		[[ -v installed[$package] ]] || printf '%s\n' "$package"
	done
}

# apt_update - refresh the package lists, once a process
apt_update() {
	[[ ! -v apt_updated ]] || return 0
	[[ $EUID = 0 ]] || die "the package lists have to be fetched, which needs root: apt-get update"
	note "fetching the package lists"
	apt-get -qq update >&2
	apt_updated=1
}

# need PACKAGE... - install those which are missing, and say which and what for
need() {
	local package reason
	local -a lacking

	command -v dpkg-query >/dev/null || die "these scripts need Debian or a relative of it"
	mapfile -t lacking < <(missing "$@")
	[[ ${#lacking[@]} -gt 0 ]] || return 0

	for package in "${lacking[@]}"; do
		reason=$(sed -n "s/^${package}[[:space:]]*#[[:space:]]*//p" "$scripts/host-packages")
		note "missing: $package${reason:+ ($reason)}"
	done
	[[ $EUID = 0 ]] || die "installing needs root: apt-get install ${lacking[*]}"

	apt_update
	note "installing ${lacking[*]}"
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Use-Pty=0 install --no-install-recommends "${lacking[@]}" \
		</dev/null >/dev/null || die "apt-get could not install ${lacking[*]}"
}

# apt_state - changes when this machine's package lists or their sources do. What
# apt says of them takes it a second, so that the answers are kept in the cache.
apt_state() {
	{
		find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -printf '%f %s %T@\n' | sort
		find /etc/apt -name '*.sources' -o -name '*.list' | sort | xargs -r cat
	} | key
}

# find_sources FOLDER
find_sources() {
	# shellcheck disable=SC2016 # apt fills these in
	local format='$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)'

	apt-get indextargets --format "$format" 'Created-By: Packages' |
		awk -F '|' '$1 == "Debian" && $2 ~ /^bookworm/ { print $3 }' | sort -u >"$1/answer"
	[[ -s $1/answer || -v apt_updated ]] || { apt_update; find_sources "$1"; }
}

# debian_sources - this machine's apt sources of Debian 12, one deb line each.
# Works for every format that apt reads.
debian_sources() {
	local dir

	dir=$(cache_get answers "sources-$(apt_state)" find_sources)
	cat -- "$dir/answer"
}

# apt_settings - this machine's apt settings on how to reach and to trust an
# archive, which a new folder's apt needs as much as the machine's own
apt_settings() {
	apt-config dump |
		grep -E '^Acquire::(Check-Valid-Until|Check-Date|Retries|https?::Proxy)[^ ]* "' || true
}

# debian_folder FOLDER SOURCES PACKAGES [OPTION...] - unpack and set up Debian in a
# folder, without what nobody reads in a virtual machine
debian_folder() {
	local dir=$1 sources=$2 packages=$3 path
	local -a options
	shift 3

	mapfile -t options < <(apt_settings | sed 's/^/--aptopt=/')
	for path in doc info lintian locale man; do
		options+=(--dpkgopt="path-exclude=/usr/share/$path/*")
	done
	mmdebstrap --mode=root --variant=minbase --include="$packages" "${options[@]}" "$@" \
		'' "$dir" - <<<"$sources"
}

# newest_file PATH... - the one changed last, if any exists
newest_file() {
	find "$@" -maxdepth 0 -printf '%T@ %p\n' 2>/dev/null | sort -n | tail -n 1 | cut -d ' ' -f 2- || true
}

# kernel_packages PACKAGE... - those packages and whatever they depend on that
# holds a part of a kernel image: one package up to 6.12, several after it
kernel_packages() {
	local package
	local -a deps

	for package; do
		printf '%s\n' "$package"
		mapfile -t deps < <(apt-cache depends --no-recommends --no-suggests "$package" |
			grep -oE '^ +(Pre)?Depends: linux-(image|base|binary|modules)-[0-9].*' |
			sed 's/.*: //')
		[[ ${#deps[@]} = 0 ]] || kernel_packages "${deps[@]}"
	done | sort -u
}

# --- cache -------------------------------------------------------------------

# cache_get KIND KEY BUILDER [ARG...] - print the cache folder KIND/KEY.
# If there is none, `BUILDER FOLDER ARG...` fills a new one which gets its name
# only when it is complete; another run that wants the same waits for it.
cache_get() {
	local kind=$1 key=$2 builder=$3
	local dir=$SRD_CACHE/$kind/$key new=$SRD_CACHE/$kind/.new-$key lock
	shift 3

	if [[ ! -d $dir ]]; then
		mkdir -p "$SRD_CACHE/$kind" "$SRD_CACHE/locks"
		exec {lock}>"$SRD_CACHE/locks/$kind-$key"
		flock -n "$lock" || { note "waiting for another run to make $kind/$key"; flock "$lock"; }
		if [[ ! -d $dir ]]; then
			rm -rf -- "$new" # left by a run that was killed
			mkdir -- "$new"
			# the builder's children must not hold the lock longer than we
			(
				trap 'rm -rf -- "$new"' EXIT
				"$builder" "$new" "$@" </dev/null >&2
				mv -T -- "$new" "$dir"
			) {lock}>&-
			cache_prune "$kind"
		fi
		exec {lock}>&-
	fi
	touch -- "$dir"
	printf '%s\n' "$dir"
}

# cache_prune KIND - of that kind keep what was used today, and the last ones used
cache_prune() {
	local keep=4 dir

	[[ $1 != modules ]] || keep=32
	find "$SRD_CACHE/$1" -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%T@ %p\n' |
		sort -rn | tail -n +$((keep + 1)) | cut -d ' ' -f 2- |
		while IFS= read -r dir; do
			[[ -z $(find "$dir" -maxdepth 0 -mtime +0) ]] || rm -rf -- "$dir"
		done
}

# --- disks -------------------------------------------------------------------

# ext4_image FOLDER IMAGE - a read-only file system with the folder's contents
ext4_image() {
	local kib inodes

	kib=$(du -sk --apparent-size -- "$1" | cut -f 1)
	inodes=$(find "$1" | wc -l)
	truncate -s 0 -- "$2" # else mke2fs says that it makes a file
	mke2fs -q -t ext4 -b 4096 -m 0 -N $((inodes + 64)) -O ^has_journal,^metadata_csum \
		-E root_owner=0:0 -d "$1" "$2" $((kib + kib / 4 + 4 * inodes + 16384))k
}

# --- kernels -----------------------------------------------------------------

# kernel_info NAME - make that kernel available and fill the array `kernel` with
# what scripts/kernel says of it
kernel_info() {
	local text name value

	text=$("$scripts/kernel" "$1")
	declare -gA kernel=()
	while IFS='=' read -r name value; do
		# shellcheck disable=SC2034 # for the caller
		kernel[$name]=$value
	done <<<"$text"
}

# --- what a run has come to -----------------------------------------------------

# splats FILE - those messages of a console's log that should not be there, with their numbers.
# A race without a module's function in its title is of the kernel's own.
splats() {
	local regex

	regex=$(grep -vE '^(#|$)' "$scripts/splats" | paste -sd '|')
	tr -d '\r' <"$1" | grep -nE "^\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? ($regex)" |
		grep -v 'BUG: KCSAN: [^[]*$' || [[ $? = 1 ]]
}

# sources_name - the commit that the sources are, with a + where they are not quite
sources_name() {
	git -C "$SRD_SRC" describe --always --abbrev=10 --exclude='*' --dirty=+ 2>/dev/null || echo unknown
}

# proof KIND KEY=VALUE... - leave a line of what a run has come to, for scripts/results
proof() {
	local dir=${SRD_RESULTS:-$SRD_SRC/results}/proof

	mkdir -p -- "$dir"
	printf '%s\n' "sources=$(sources_name) ${*:2}" >>"$dir/$1.txt"
}

# --- srd's own sources ---------------------------------------------------------

# sources - the files of $SRD_SRC from which srd.ko and srdctl are built, each
# ended by a zero byte; not what earlier builds left among them
sources() {
	(cd -- "$SRD_SRC" && find . -type d \( -path ./.git -o -path ./scripts -o -path ./tests \
		-o -path ./docs -o -path ./fio-jobs \) -prune -o \( -type f -o -type l \) \
		\( -name '*.[chS]' -o -name '*.mk' -o -name '*.sh' -o -name 'Makefile*' -o -name Kbuild \
		-o -name Kconfig -o -name '*.rules' \) -not -name '*.mod.c' -print0 | sort -z)
}

# copy_sources FOLDER
copy_sources() {
	sources | tar -C "$SRD_SRC" --null -T - -cf - | tar -C "$1" -xf -
}

# sources_key - a hash of the sources, their names and of what is on stdin
sources_key() {
	{ sources && (cd -- "$SRD_SRC" && sources | xargs -0 cat) && cat; } | key
}
