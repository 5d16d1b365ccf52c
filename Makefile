# SPDX-License-Identifier: GPL-2.0
#
# srd - build, install and prove. `make help` names the targets.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
DESTDIR	?=

here	:= $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
version	:= $(shell sed -n 's/^#define SRD_VERSION[[:space:]]*"\(.*\)"/\1/p' $(here)srd.h)

# Passed on to the kernel's build: W=1 and C=1 from the command line go by themselves.
kbuild	= $(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_BLK_DEV_SRD=m

all: module srdctl

module:
	@test -e $(KDIR)/Makefile || { echo '$(KDIR) is not there: install linux-headers-'"$$(uname -r)"', or say' \
		'with KDIR= which kernel'"'"'s build folder; make srdctl builds the tool alone' >&2; exit 1; }
	+$(kbuild) modules

srdctl:
	$(MAKE) -C srdctl VERSION=$(version)

# Installing builds nothing: `make` is for who works on it, `sudo make install` for root. Kbuild
# would sign without a key, and run depmod only where System.map lies beside the headers.
sign	= $(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
release	= $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h)
root	= $(abspath $(DESTDIR))
moddir	= $(root)/lib/modules/$(release)/updates
header	= $(root)$(PREFIX)/include/linux/srd.h
crashtest = $(root)$(PREFIX)/sbin/srd-crashtest
UDEVDIR	?= $(PREFIX)/lib/udev
SYSTEMDDIR ?= $(PREFIX)/lib/systemd
libdir	= $(PREFIX)/lib/srd
rules	= $(root)$(UDEVDIR)/rules.d/60-srd.rules
mirror	= $(root)$(PREFIX)/sbin/srd-mirror $(root)$(PREFIX)/sbin/srd-stripe
units	= $(addprefix $(root)$(SYSTEMDDIR)/system/,srd@.service srd-mirror@.service srd-export@.service)
generator = $(root)$(SYSTEMDDIR)/system-generators/srd-generator
examples = $(root)$(PREFIX)/share/doc/srdctl/examples
boot	= $(addprefix $(root)$(libdir)/,srd-boot srd-mirror-boot) $(units) $(generator) \
	  $(examples)/scratch.conf $(examples)/modprobe.conf

install: install-module install-tool

# all but the module
install-tool: install-srdctl install-crashtest install-mirror install-header install-udev \
	install-boot install-manual

install-module:
	@test -e srd.ko || { echo 'srd.ko is not there: run make first' >&2; exit 1; }
	+$(kbuild) INSTALL_MOD_PATH=$(root) INSTALL_MOD_DIR=updates DEPMOD=true $(sign) \
		modules_install
	$(if $(root),,depmod $(release))

install-srdctl:
	@test -e srdctl/srdctl || { echo 'srdctl is not there: run make first' >&2; exit 1; }
	$(MAKE) -C srdctl VERSION=$(version) PREFIX=$(PREFIX) DESTDIR=$(root) install

install-crashtest:
	install -D -m 0755 scripts/srd-crashtest $(crashtest)

install-mirror:
	install -D -m 0755 -t $(root)$(PREFIX)/sbin scripts/srd-mirror scripts/srd-stripe

install-header:
	install -D -m 0644 include/uapi/linux/srd.h $(header)

install-udev:
	install -D -m 0644 udev/60-srd.rules $(rules)

install-boot:
	install -D -m 0755 -t $(root)$(libdir) scripts/srd-boot scripts/srd-mirror-boot
	for unit in $(units); do \
		install -D -m 0644 systemd/$${unit##*/}.in $$unit || exit; \
	done
	sed -i 's|@LIBDIR@|$(libdir)|' $(units)
	install -d $(dir $(generator)) $(root)/etc/srd
	ln -sf $(libdir)/srd-boot $(generator)
	install -D -m 0644 systemd/example.conf $(examples)/scratch.conf
	install -D -m 0644 modprobe/srd.conf $(examples)/modprobe.conf

# Pages of section N go to manN. Debian wants zsh's in vendor-completions: ZSHDIR= says so.
MANDIR	?= $(PREFIX)/share/man
BASHDIR	?= $(PREFIX)/share/bash-completion/completions
ZSHDIR	?= $(PREFIX)/share/zsh/site-functions
manual	= $(foreach n,4 5 8,$(patsubst $(here)man/%,man$(n)/%,$(wildcard $(here)man/*.$(n))))

install-manual:
	for page in $(manual); do \
		install -D -m 0644 man/$${page#*/} $(root)$(MANDIR)/$$page || exit; \
	done
	install -D -m 0644 completion/srdctl.bash $(root)$(BASHDIR)/srdctl
	install -D -m 0644 completion/_srdctl $(root)$(ZSHDIR)/_srdctl

uninstall-manual:
	rm -f $(manual:%=$(root)$(MANDIR)/%) $(root)$(BASHDIR)/srdctl $(root)$(ZSHDIR)/_srdctl

uninstall: uninstall-manual
	@test -n '$(release)' || { echo '$(KDIR) is not there: say with KDIR= what make install had' >&2; exit 1; }
	@$(if $(root),,! systemctl --quiet is-active 'srd@*' 2>/dev/null || \
		{ echo 'disks are to be saved first: systemctl stop "srd@*"' >&2; exit 1; })
	rm -f $(moddir)/srd.ko $(addprefix $(moddir)/srd.ko,.gz .xz .zst) $(header) $(rules) $(crashtest) \
		$(mirror) $(boot)
	rmdir $(examples) $(root)$(libdir) $(root)/etc/srd 2>/dev/null || :
	$(if $(root),,depmod $(release))
	$(MAKE) -C srdctl VERSION=$(version) PREFIX=$(PREFIX) DESTDIR=$(root) uninstall

# srd-dkms and srdctl for Debian, in results/deb
deb:
	scripts/build-deb --to results/deb

demo:
	scripts/demo

check:
	scripts/check

# each file of tests with disks of every mode on every kernel: what make check leaves out as the
# kernels or modes do not differ there
check-all:
	scripts/check --every-mode

# all of it on the kernel that watches itself, with disks of every mode
check-debug:
	scripts/check --guest --kernel debug --every-mode

# several machines, of which 20 die, with each kernel that serves disks to others in all ways
check-machines:
	for kernel in 6.12 newest; do \
		SRD_MACHINES_KERNEL=$$kernel SRD_TEST_SCALE=10 tests/run --host --only /machines || exit; \
	done

# tests in which CPUs meet, on a kernel that looks for races
check-races:
	tests/run --guest --kernel kcsan --every-mode --only '/(bad-|data-|memory-[gl]|snapshot)' \
		--only '/(events|faults|lifecycle|polled|powercut|resize|timeouts|timing|window)(@bio)?$$'

# tests of the module's insides, in a kernel that runs them when it is loaded
kunit:
	tests/run --guest --only '/kunit$$'

# each allocation of each operation fails once: what make check does with a part of them
fail-nth:
	SRD_TEST_SCALE=4 tests/run --guest --only 'debug/fail-nth$$'

# bugs, put in on purpose: is each of them caught?
seeded:
	tests/seeded/run

# 300 power cuts under each file system, in place of the 20 of make check
crashtest:
	SRD_TEST_SCALE=15 tests/run --guest --kernel 6.12 --only '/crashtest-(ext4|xfs|btrfs)$$'

# what checkpatch, sparse, gcc, clang, coccinelle, cppcheck, shellcheck and scripts/floors say
lint:
	rm -rf results/lint && mkdir -p results/lint
	scripts/lint --to results/lint

# broken input for srdctl's readers, for a minute
fuzz-tool:
	scripts/fuzz-tool

# programs made by chance, on a kernel that watches itself
fuzz:
	scripts/fuzz --minutes $(or $(MINUTES),20)

# everything at once, for long
soak:
	scripts/soak --minutes $(or $(MINUTES),60) --kernel $(or $(KERNEL),6.12)

# which lines of the module no test reaches, and is there a reason for each of them?
coverage:
	rm -rf results/coverage
	scripts/coverage results/coverage 6.12 'debug=/fail-nth$$'

# docs/results.md, from what all of these have left in results/
results:
	scripts/results >results/results.md && cp results/results.md docs/results.md

bench:
	scripts/bench

# disks over NVMe/TCP, between two machines and within one
bench-machines:
	scripts/bench --method machines

clean:
	$(MAKE) -C srdctl clean
	rm -f *.o *.ko *.mod *.mod.c .*.cmd .*.o *.order *.symvers .Module.symvers.cmd kunit/*.o kunit/.*.cmd

help:
	@echo 'make demo      try srd in a virtual machine; installs what that needs'
	@echo 'make check     run all tests, on each kernel where the kernels differ'
	@echo 'make check-all the same with disks of every mode on each of them: some two hours'
	@echo 'make check-debug the tests of the guest on a kernel that watches itself: some hours'
	@echo 'make check-machines disks of other machines, 20 of which die: some half an hour'
	@echo 'make check-races tests in which CPUs meet, on a kernel that looks for races: some hours'
	@echo 'make fail-nth  let each allocation of each operation fail, one by one: some twenty minutes'
	@echo 'make kunit     run the tests inside the kernel of what the module is made of'
	@echo 'make seeded    put bugs into the module, and see that the tests find each of them'
	@echo 'make crashtest cut the power 900 times, under ext4, XFS and btrfs: some 40 minutes'
	@echo 'make lint      let checkers of all kinds read the sources, and say what they found'
	@echo 'make fuzz-tool feed broken input to what srdctl reads, for a minute'
	@echo 'make fuzz      try every ioctl and file by chance, on a kernel that watches itself (MINUTES=20)'
	@echo 'make soak      everything at once, verified, for an hour (MINUTES=60 KERNEL=6.12)'
	@echo 'make coverage  say which lines of the module no test reaches: some forty minutes'
	@echo 'make results   write docs/results.md from what all these have left in results/'
	@echo 'make           build srd.ko for the running kernel, and srdctl/srdctl'
	@echo 'make KDIR=DIR  build srd.ko for the kernel whose build folder is DIR'
	@echo 'make install   install both (DESTDIR, PREFIX); then: modprobe srd size=1G'
	@echo 'make uninstall remove what that put there'
	@echo 'make deb       build the Debian packages srd-dkms and srdctl in results/deb'
	@echo 'make bench     measure srd beside the kernel'"'"'s own RAM disks, in a virtual machine'
	@echo 'make bench-machines of that the part past one machine: srd and brd over NVMe/TCP, and a mirror'
	@echo 'make clean     remove what was built here'

.PHONY: all module srdctl install install-module install-srdctl install-crashtest \
	install-mirror install-header install-udev install-tool install-boot install-manual \
	uninstall uninstall-manual deb demo check check-all check-debug check-machines fail-nth \
	kunit seeded crashtest lint fuzz fuzz-tool soak bench clean help bench-machines results \
	check-races coverage
