# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# After the power failed: the old image was used. And a disk that cannot be saved stays.
systemctl is-active srd@kept
[ "$(cat /mnt/kept/file)" = first ]
[ ! -e /mnt/kept/more ]
echo third >/mnt/kept/file
mount -t tmpfs -o size=8k full /var/lib/srd
if systemctl stop srd@kept && systemctl is-failed -q srd@kept; then :; fi
systemctl is-failed srd@kept
srdctl info kept
journalctl -b -u srd@kept | grep -F "kept is not saved, so that it stays"
# nor do the packages go while it is there
if dpkg --remove srdctl; then false; fi
umount /var/lib/srd
/usr/lib/srd/srd-boot stop kept # as its log says
systemctl start srd@kept
systemctl start mnt-kept.mount # waits for what the service has begun
[ "$(cat /mnt/kept/file)" = third ]
# the packages go, and what ran is saved before
echo fourth >/mnt/kept/file
dpkg --remove srdctl
[ ! -e /dev/srd/kept ]
[ -s /var/lib/srd/kept.zst ]
