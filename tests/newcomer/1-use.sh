# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The first half of what README.md tells a newcomer, after the packages were installed.
udevadm settle
modprobe srd
modinfo -F filename srd
srdctl create -s 1G --label scratch
mkfs.ext4 -q /dev/srd/scratch
mount /dev/srd/scratch /mnt
srdctl list
(timeout 20 srdctl monitor --count 2 >/root/monitor.log &)
srdctl top --once
echo of the first boot >/mnt/file
umount /mnt
srdctl resize scratch 2G
e2fsck -fp /dev/srd/scratch
resize2fs /dev/srd/scratch 2>&1
# links, permissions, queues
udevadm settle
ls -lL /dev/srd/scratch /dev/disk/by-id/srd-scratch /dev/disk/by-id/srd-srd0
[ "$(stat -Lc '%G %a' /dev/srd/scratch)" = "disk 660" ]
[ "$(readlink -f "/dev/disk/by-uuid/$(blkid -o value -s UUID /dev/srd0)")" = /dev/srd0 ]
grep -F '[none]' /sys/block/srd0/queue/scheduler
srdctl remove scratch
udevadm settle
[ ! -e /dev/srd/scratch ]
cat /root/monitor.log
# a disk at each boot
cat >/etc/srd/kept.conf <<'END'
SIZE=64M
MODE=bio
FS=ext4
MOUNT=/mnt/kept
RESTORE=/var/lib/srd/kept.zst
SAVE=/var/lib/srd/kept.zst
END
cat >/etc/srd/tab.conf <<'END'
SIZE=32M
FS=ext4
END
echo '/dev/srd/tab /mnt/tab ext4 nofail,x-systemd.requires=srd@tab.service,x-systemd.device-timeout=1h 0 0' >>/etc/fstab
echo SIZE=much >/etc/srd/wrong.conf
systemctl daemon-reload
systemctl enable --now srd@kept srd@tab
systemctl start mnt-kept.mount # waits for what the service has begun
findmnt /mnt/kept
if systemctl start srd@wrong; then false; fi
journalctl -b -u srd@wrong | grep -F "/etc/srd/wrong.conf:1: SIZE: 'much' is not a size"
echo first >/mnt/kept/file
