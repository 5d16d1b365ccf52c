# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the halves of scripts/bench that run in the virtual machine share: a RAM disk of
# each kind, made and removed by name, and fio on it. Sourced by scripts/bench-guest-*.
#
# What is measured becomes a line in $bench/values, "METRIC CELL DISK VALUE", and fio's
# own JSON stays in $bench/fio/. The names of cells and disks are those of bench-names.

set -euo pipefail
shopt -s inherit_errexit
[[ -e /run/srd/job ]] || { echo "${0##*/}: only for the virtual machine, see scripts/bench" >&2; exit 2; }

bench=/root/bench
mkdir -p "$bench/fio"

repeat=''		# number of the run, where there are several
declare -A device	# where each disk is, by its name; a file for tmpfs
declare -A relatives	# disks that share memory with it and go with it

# value METRIC CELL DISK VALUE
value() {
	echo "$*" >>"$bench/values"
}

# fact NAME VALUE... - what the report says of this machine
fact() {
	echo "$*" >>"$bench/facts"
}

common_facts() {
	fact kernel "$(uname -r)"
	fact cpu "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)"
	fact cpus "$(nproc)"
	fact fio "$(fio --version)"
	fact clock "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
}

# disk_facts - once they are made: what they could not have
disk_facts() {
	[[ ${loop_dio-1} = 1 ]] || fact lacks "loop without direct I/O on its file"
	[[ ${tmpfs_dio-1} = 1 ]] || fact lacks "tmpfs without O_DIRECT"
}

# --- disks: make_KIND NAME MIB sets device[NAME], drop_KIND NAME removes it -----------

# make_srd NAME MIB - srd-mq, srd-bio, srd-poll, which has polled queues, srd-window, a mapping,
# or one of those for share_disk
make_srd() {
	local -a options=(--mode mq)

	case $1 in
	srd-bio) options=(--mode bio) ;;
	srd-poll) options+=(--poll-queues "$(nproc)") ;;
	esac
	[[ -d /sys/module/srd ]] || modprobe srd mem_limit="$(srd_limit)"
	device[$1]=$(srdctl create --size "$2M" "${options[@]}")
	[[ $1 != srd-window ]] || device[$1]=$(srdctl window "${device[$1]}" on)
}

# srd_limit - bytes that srd may hold: all but what the guest itself needs
srd_limit() {
	awk '$1 == "MemTotal:" { printf "%.0f\n", $2 * 1024 * 0.85 }' /proc/meminfo
}

drop_srd() {
	# shellcheck disable=SC2086 # each of them
	srdctl remove "${device[$1]%-window}" ${relatives[$1]-}
}

# share_disk NAME - of a disk that has been filled: srd-shared1 and srd-shared32 get so many
# snapshots, srd-depth32 becomes the last of as many, each of which is one of the one before
share_disk() {
	local i last

	case $1 in
	srd-shared*)
		for ((i = 0; i < ${1#srd-shared}; i++)); do
			relatives[$1]+=" $(srdctl snapshot "${device[$1]}")"
		done
		;;
	srd-depth*)
		for ((i = 0; i < ${1#srd-depth}; i++)); do
			last=$(srdctl snapshot "${device[$1]}")
			relatives[$1]+=" ${device[$1]}"
			device[$1]=$last
		done
		;;
	esac
}

# make_fio NAME MIB - no disk: what fio costs by itself
make_fio() {
	device[$1]=/dev/null
}

drop_fio() {
	:
}

make_brd() {
	modprobe brd rd_nr=1 "rd_size=$(($2 * 1024))"
	device[$1]=/dev/ram0
}

drop_brd() {
	rmmod brd
}

# make_null_blk NAME MIB - null_blk-BLOCKSIZE in memory, or null_blk-none, which copies nothing
make_null_blk() {
	local dir=/sys/kernel/config/nullb/$1 block=${1#null_blk-} memory=1

	[[ -d /sys/module/null_blk ]] || modprobe null_blk nr_devices=0
	[[ $block != none ]] || block=512 memory=0
	mkdir "$dir"
	echo "$block" >"$dir/blocksize"
	echo "$2" >"$dir/size"
	echo "$memory" >"$dir/memory_backed"
	echo 2 >"$dir/queue_mode"
	echo 0 >"$dir/irqmode"
	nproc >"$dir/submit_queues"
	echo 1 >"$dir/power"
	if [[ -b /dev/$1 ]]; then
		device[$1]=/dev/$1
	else
		# older ones count, whatever the folder's name
		device[$1]=/dev/nullb$(cat "$dir/index")
	fi
}

drop_null_blk() {
	rmdir "/sys/kernel/config/nullb/$1"
}

make_zram() {
	modprobe zram num_devices=1
	echo "$2M" >/sys/block/zram0/disksize
	device[$1]=/dev/zram0
}

drop_zram() {
	rmmod zram
}

# tmpfs_at FOLDER MIB
tmpfs_at() {
	mkdir -p "$1"
	mount -t tmpfs -o "size=$(($2 + 16))M" tmpfs "$1"
}

# make_loop NAME MIB - with --direct-io=on where that kernel's tmpfs has O_DIRECT
make_loop() {
	[[ -d /sys/module/loop ]] || modprobe loop max_loop=1
	tmpfs_at /mnt/loop "$2"
	truncate -s "$2M" /mnt/loop/file
	device[$1]=$(losetup --find --show --direct-io=on /mnt/loop/file 2>/dev/null) ||
		device[$1]=$(losetup --find --show /mnt/loop/file)
	loop_dio=$(cat "/sys/block/${device[$1]#/dev/}/loop/dio")
}

drop_loop() {
	losetup --detach "${device[$1]}"
	umount /mnt/loop
}

make_tmpfs() {
	tmpfs_at /mnt/tmpfs "$2"
	device[$1]=/mnt/tmpfs/file
	truncate -s "$2M" "${device[$1]}"
	# an O_DIRECT open is refused where tmpfs does not know it; it copies either way
	tmpfs_dio=0
	! dd if="${device[$1]}" of=/dev/null bs=4k count=1 iflag=direct status=none 2>/dev/null ||
		tmpfs_dio=1
}

drop_tmpfs() {
	umount /mnt/tmpfs
}

# --- disks over NVMe/TCP: nvme-here-DISK is that disk of this machine, which has to be there
# already, served to itself; nvme-far-DISK is one of the other machine, of two ---------------

readonly SERVER=10.77.0.1	# the machine that serves; as scripts/vm --join 1 has it
readonly NVMET=/sys/kernel/config/nvmet

# nqn_of PLACE DISK
nqn_of() {
	echo "nqn.2026-11.local.srd:$1:$2"
}

# port_of DISK - srdctl's own, or that of what was set up by hand
port_of() {
	[[ $1 = srd-* ]] && echo 4420 || echo 4421
}

# serve DISK NQN ADDRESS - to everybody: a disk of srd by its own tool, another one by hand, in
# the same way
serve() {
	local subsystem=$NVMET/subsystems/$2 port=$NVMET/ports/1

	ip link set lo up
	modprobe -a nvmet-tcp
	if [[ $1 = srd-* ]]; then
		srdctl export "${device[$1]}" --nqn "$2" --address "$3" --allow-any --yes >&2
		return
	fi
	mkdir "$subsystem" "$subsystem/namespaces/1" "$port"
	echo 1 >"$subsystem/attr_allow_any_host"
	echo -n "${device[$1]}" >"$subsystem/namespaces/1/device_path"
	echo 1 >"$subsystem/namespaces/1/enable"
	echo tcp >"$port/addr_trtype"
	echo ipv4 >"$port/addr_adrfam"
	echo "$3" >"$port/addr_traddr"
	port_of "$1" >"$port/addr_trsvcid"
	ln -s "$subsystem" "$port/subsystems"
}

# unserve DISK NQN
unserve() {
	local subsystem=$NVMET/subsystems/$2 port=$NVMET/ports/1

	if [[ $1 = srd-* ]]; then
		srdctl unexport "${device[$1]}"
		return
	fi
	rm "$port/subsystems/$2"
	rmdir "$port" "$subsystem/namespaces/1" "$subsystem"
}

# connect NQN ADDRESS PORT - as soon as it is served there; prints the disk's path
connect() {
	local id=00000000-0000-0000-0000-000000000002 tries=120 queue disk

	modprobe nvme-tcp
	until nvme connect --transport=tcp --nqn="$1" --traddr="$2" --trsvcid="$3" --hostid="$id" \
		--hostnqn="nqn.2014-08.org.nvmexpress:uuid:$id" >&2; do
		((--tries)) || return
		sleep 1
	done
	until disk=$(path_of "$1"); do
		sleep 0.1
	done
	# where there may be several ways to a disk, it is each way that has hardware queues
	for queue in /sys/class/nvme/nvme*/nvme*n*/queue; do
		plain_queue "$queue"
	done
	echo "$disk"
}

# path_of NQN - of the disk that is used under that name
path_of() {
	local file disk

	file=$(grep -lx "$1" /sys/class/nvme-subsystem/*/subsysnqn) || return
	for disk in "${file%/*}"/nvme*n*; do
		[[ ! -b /dev/${disk##*/} ]] || { echo "/dev/${disk##*/}"; return; }
	done
	return 1
}

make_nvme() {
	local disk=${1#nvme-*-} place=far address=$SERVER

	if [[ $1 = nvme-here-* ]]; then
		place=here address=127.0.0.1
		serve "$disk" "$(nqn_of here "$disk")" "$address"
	fi
	device[$1]=$(connect "$(nqn_of "$place" "$disk")" "$address" "$(port_of "$disk")")
}

drop_nvme() {
	local disk=${1#nvme-*-} place=${1#nvme-}

	nvme disconnect --nqn="$(nqn_of "${place%%-*}" "$disk")" >&2
	[[ $1 != nvme-here-* ]] || unserve "$disk" "$(nqn_of here "$disk")"
}

# kind NAME - which of the functions above
kind() {
	case $1 in
	srd-*) echo srd ;;
	fio-*) echo fio ;;
	null_blk-*) echo null_blk ;;
	nvme-*) echo nvme ;;
	*) echo "$1" ;;
	esac
}

# plain_queue FOLDER - the same for all: no scheduler, no write-back throttling
plain_queue() {
	[[ -d $1 ]] || return 0
	[[ ! -e $1/scheduler ]] || echo none >"$1/scheduler"
	# a disk without hardware queues may have the file, and has nothing to throttle
	[[ ! -d ${1%/queue}/mq || ! -e $1/wbt_lat_usec ]] || echo 0 >"$1/wbt_lat_usec"
}

# add_disk NAME MIB
add_disk() {
	"make_$(kind "$1")" "$1" "$2"
	plain_queue "/sys/block/${device[$1]##*/}/queue"
}

# drop_disk NAME
drop_disk() {
	"drop_$(kind "$1")" "$1"
	unset "device[$1]"
}

# fill_disk NAME MIB - every block written, with bytes that do not compress
fill_disk() {
	local i
	local -a flags=()

	[[ -e /tmp/random ]] || head -c 4M /dev/urandom >/tmp/random
	[[ $1 = tmpfs ]] && flags=(conv=notrunc) || flags=(oflag=direct)
	for ((i = 0; i < $2 / 4; i++)); do
		cat /tmp/random
	done | dd of="${device[$1]%-window}" bs=1M iflag=fullblock status=none "${flags[@]}"
}

# block_size NAME - the smallest request
block_size() {
	cat "/sys/block/${device[$1]##*/}/queue/logical_block_size" 2>/dev/null || echo 1
}

# can NAME BS - whether the disk takes requests of that size
can() {
	(($(numfmt --from=iec "${2^^}") >= $(block_size "$1")))
}

# --- fio --------------------------------------------------------------------------------

# io DISK CELL RW BS DEPTH OPTION... - run fio; with a depth above 1 it submits and reaps half
# of that at a time. Its JSON is $bench/fio/CELL-DISK.json, or with $repeat in the name, too.
io() {
	local batch=$(($5 > 1 ? $5 / 2 : 1)) direct=1
	local -a engine=(--ioengine=io_uring --fixedbufs=1)

	case $1 in
	srd-poll) engine+=(--hipri=1) ;;
	srd-window) engine=(--ioengine=mmap) direct=0 ;;
	fio-null) engine=(--ioengine=null) ;;
	tmpfs) direct=$tmpfs_dio ;;
	esac
	fio "--name=$2 $1" "--filename=${device[$1]}" "--rw=$3" "--bs=$4" "--iodepth=$5" \
		"--iodepth_batch_submit=$batch" "--iodepth_batch_complete_max=$batch" \
		"${engine[@]}" "--direct=$direct" --randseed=1 \
		--output-format=json --output="$bench/fio/$2-$1${repeat:+.$repeat}.json" \
		"${@:6}"
}

# figures METRIC FILTER [PATTERN] - a value for each of fio's runs whose file matches. At the
# end and at once, since jq takes an emulated CPU longer to start than many a run.
figures() {
	# shellcheck disable=SC2086 # it is a pattern
	jq -r ".jobs[0] | .jobname as \$name | $2 | \"$1 \(\$name) \(.)\"" \
		"$bench"/fio/${3-*}.json >>"$bench/values"
}

# With these fio times each request: from before it is submitted, as these disks complete it
# within, so that what fio calls completion latency is next to nothing.
# shellcheck disable=SC2034 # for the scripts which source this file
timed=(--lat_percentiles=1 --clat_percentiles=0 --percentile_list=50:99:99.9)

# latencies PATTERN - values for those percentiles, in ns
latencies() {
	local percentile

	for percentile in 50 99 99.9; do
		figures "p$percentile" "(.read, .write) | .lat_ns.percentile // empty |
			.[\"$(printf %.6f "$percentile")\"] // empty" "$1"
	done
}
