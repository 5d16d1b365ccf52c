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
	$(kbuild) modules

srdctl:
	$(MAKE) -C srdctl VERSION=$(version)

install: install-module install-srdctl

install-module: module
	$(kbuild) INSTALL_MOD_PATH=$(DESTDIR) modules_install

install-srdctl: srdctl
	$(MAKE) -C srdctl VERSION=$(version) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) install

demo:
	scripts/demo

check:
	scripts/check

clean:
	$(MAKE) -C srdctl clean
	rm -f *.o *.ko *.mod *.mod.c .*.cmd *.order *.symvers .Module.symvers.cmd

help:
	@echo 'make demo      try srd in a virtual machine; installs what that needs'
	@echo 'make check     run all tests on every kernel that can be had'
	@echo 'make           build srd.ko for the running kernel, and srdctl/srdctl'
	@echo 'make KDIR=DIR  build srd.ko for the kernel whose build folder is DIR'
	@echo 'make install   install both (DESTDIR, PREFIX); then: modprobe srd size=1G'
	@echo 'make clean     remove what was built here'

.PHONY: all module srdctl install install-module install-srdctl demo check clean help
