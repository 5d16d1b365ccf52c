# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The machine was shut down, and starts again: what the disk held is there. Then its power fails
# while the disk is saved.
systemctl is-active srd@kept srd@tab
[ "$(cat /mnt/kept/file)" = first ]
findmnt /mnt/tab
srdctl list --output name,label,size,mode
[ "$(srdctl list --noheadings --output mode kept)" = bio ]
head -c 40M /dev/urandom >/mnt/kept/more
echo second >/mnt/kept/file
systemctl --no-block stop srd@kept
until ls /var/lib/srd/.kept.zst.srdctl-* 2>/dev/null; do sleep 0.02; done
echo "the power fails"
echo b >/proc/sysrq-trigger
sleep 60
