// SPDX-License-Identifier: GPL-2.0
/*
 * srd - /dev/srdN-window: a disk's own pages, mapped into processes
 *
 * A window is made and taken away by SRD_IOC_WINDOW, and goes with its disk. Who has it open keeps
 * the disk from being removed unless that is forced; then accesses get SIGBUS.
 *
 * The kernel calls mmap, and open and close of a mapping, with the process's mmap lock held for
 * writing, and fault and page_mkwrite with it held for reading. None of them takes it, nor touches
 * memory of the process. @lock nests inside it, and the store's locks inside of @lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "srd.h"
#include "srd_compat.h"

/* Of the inodes that have no name, whose address spaces windows use. */
#define SRD_WINDOW_MAGIC	0x73726477

/**
 * struct srd_window - the character node of a disk
 * @d: the disk, held
 * @dev: its reference count is the window's own
 * @cdev: holds @dev as long as anybody has it open
 * @inode: whose mapping all its files have, by whatever node they were opened
 * @map: what processes see
 * @lock: guards @vmas, and whether @map is the store's; taken before the store's locks
 * @vmas: mappings that there are
 */
struct srd_window {
	struct srd_disk		*d;
	struct device		dev;
	struct cdev		cdev;
	struct inode		*inode;
	struct srd_map		map;
	struct mutex		lock;	/* guards @vmas */
	unsigned int		vmas;
};

static dev_t srd_window_devs;
static struct class *srd_window_class;
static struct vfsmount *srd_window_mount;
static DEFINE_IDA(srd_window_minors);

/* Windows whose memory is not freed yet. */
static atomic_t srd_windows_alive;

/* Let the store know that it is mapped, or no more. */
static void srd_window_set_map(struct srd_window *w)
{
	struct srd_store *s = &w->d->store;

	/* Keeps out those who change the table and may sleep; the others are waited for. */
	down_write(&s->hold);
	WRITE_ONCE(s->map, &w->map);
	up_write(&s->hold);
	synchronize_rcu_expedited();
}

static void srd_window_unset_map(struct srd_window *w)
{
	struct srd_store *s = &w->d->store;

	down_write(&s->hold);
	/* Else it has been taken away, and there may be another one. */
	if (s->map == &w->map)
		WRITE_ONCE(s->map, NULL);
	up_write(&s->hold);
	srd_map_forget(&w->map);
}

/* Nobody sees anything through it from here on. */
static void srd_window_end(struct srd_window *w)
{
	mutex_lock(&w->lock);
	srd_map_shut(&w->map, 0, 0, true);
	w->map.gone = true;
	srd_map_open(&w->map);
	srd_window_unset_map(w);
	mutex_unlock(&w->lock);
}

static void srd_window_vma_open(struct vm_area_struct *vma)
{
	struct srd_window *w = vma->vm_file->private_data;

	mutex_lock(&w->lock);
	w->vmas++;
	mutex_unlock(&w->lock);
}

static void srd_window_vma_close(struct vm_area_struct *vma)
{
	struct srd_window *w = vma->vm_file->private_data;

	mutex_lock(&w->lock);
	if (!--w->vmas)
		srd_window_unset_map(w);
	mutex_unlock(&w->lock);
}

/* Give a page that is to be written memory of the disk's own. */
static int srd_window_own(struct srd_window *w, unsigned long index)
{
	struct srd_store *s = &w->d->store;
	int err = -EFAULT;

	down_read(&s->hold);
	if (s->map == &w->map && index < s->capacity >> PAGE_SHIFT)
		err = srd_store_own(s, index);
	up_read(&s->hold);
	if (err == -ENOSPC)
		srd_account_full(s->account, w->d->config.number);
	return err;
}

static vm_fault_t srd_window_arrive(struct srd_window *w, struct vm_fault *vmf,
				    struct page *wanted)
{
	struct page *page = srd_map_arrive(&w->map, &w->d->store, vmf->pgoff, wanted);

	if (!page)
		return VM_FAULT_SIGBUS;
	if (page == ERR_PTR(-EHWPOISON))
		return VM_FAULT_HWPOISON;
	if (IS_ERR(page))
		return VM_FAULT_NOPAGE;
	/* The caller has its own reference to the page that it wants. */
	if (wanted)
		put_page(page);
	else
		vmf->page = page;
	return VM_FAULT_LOCKED;
}

static vm_fault_t srd_window_fault(struct vm_fault *vmf)
{
	struct srd_window *w = vmf->vma->vm_file->private_data;

	/* One fault instead of three. */
	if ((vmf->flags & FAULT_FLAG_WRITE) && (vmf->vma->vm_flags & VM_SHARED) &&
	    srd_window_own(w, vmf->pgoff))
		return VM_FAULT_SIGBUS;
	return srd_window_arrive(w, vmf, NULL);
}

static vm_fault_t srd_window_mkwrite(struct vm_fault *vmf)
{
	struct srd_window *w = vmf->vma->vm_file->private_data;
	vm_fault_t ret = srd_window_arrive(w, vmf, vmf->page);

	if (ret != VM_FAULT_SIGBUS)
		return ret;
	/* A page of zeroes, or a shared one, has been mapped: the next fault finds another. */
	return srd_window_own(w, vmf->pgoff) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct srd_window_vm_ops = {
	.open		= srd_window_vma_open,
	.close		= srd_window_vma_close,
	.fault		= srd_window_fault,
	.page_mkwrite	= srd_window_mkwrite,
};

static int srd_window_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct srd_window *w = file->private_data;
	int err = 0;

	mutex_lock(&w->lock);
	if (w->map.gone)
		err = -ENODEV;
	else if (!w->vmas++)
		srd_window_set_map(w);
	mutex_unlock(&w->lock);
	if (err)
		return err;
	/* Pages that no reclaim, migration or balancing shall touch. */
	srd_vma_set(vma, VM_MIXEDMAP);
	vma->vm_ops = &srd_window_vm_ops;
	return 0;
}

static int srd_window_open(struct inode *inode, struct file *file)
{
	struct srd_window *w = container_of(inode->i_cdev, struct srd_window, cdev);
	int err;

	if ((file->f_mode & FMODE_WRITE) && srd_disk_is_read_only(w->d))
		return -EROFS;
	err = srd_disk_use(w->d);
	if (err)
		return err;
	file->private_data = w;
	file->f_mapping = w->inode->i_mapping;
	return 0;
}

static int srd_window_release(struct inode *inode, struct file *file)
{
	struct srd_window *w = file->private_data;

	srd_disk_unuse(w->d);
	return 0;
}

static loff_t srd_window_llseek(struct file *file, loff_t offset, int whence)
{
	struct srd_window *w = file->private_data;

	return fixed_size_llseek(file, offset, whence, READ_ONCE(w->d->store.capacity));
}

static const struct file_operations srd_window_fops = {
	.owner		= THIS_MODULE,
	.open		= srd_window_open,
	.release	= srd_window_release,
	.mmap		= srd_window_mmap,
	.llseek		= srd_window_llseek,
	/* For msync(), which has nothing to write anywhere. */
	.fsync		= noop_fsync,
};

static void srd_window_free(struct device *dev)
{
	struct srd_window *w = container_of(dev, struct srd_window, dev);
	struct srd_disk *d = w->d;

	srd_map_destroy(&w->map);
	iput(w->inode);
	ida_free(&srd_window_minors, MINOR(dev->devt));
	mutex_destroy(&w->lock);
	kfree(w);
	srd_disk_put(d);
	/* As for disks: srd_window_cleanup() waits for the count, and for this section. */
	rcu_read_lock();
	if (atomic_dec_and_test(&srd_windows_alive))
		wake_up_var(&srd_windows_alive);
	rcu_read_unlock();
}

static struct srd_window *srd_window_alloc(struct srd_disk *d)
{
	struct srd_window *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int minor, err;

	if (!w)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&srd_window_minors, MINORMASK, GFP_KERNEL);
	if (minor < 0) {
		err = minor;
		goto free;
	}
	w->inode = alloc_anon_inode(srd_window_mount->mnt_sb);
	if (IS_ERR(w->inode)) {
		err = PTR_ERR(w->inode);
		goto minor;
	}
	/* Whether an access is within the disk is asked at each fault. */
	w->inode->i_size = MAX_LFS_FILESIZE;
	err = srd_map_init(&w->map, w->inode->i_mapping);
	if (err)
		goto inode;

	mutex_init(&w->lock);
	get_device(disk_to_dev(d->disk));
	w->d = d;
	atomic_inc(&srd_windows_alive);
	device_initialize(&w->dev);
	w->dev.devt = srd_window_devs + minor;
	w->dev.class = srd_window_class;
	w->dev.parent = disk_to_dev(d->disk);
	w->dev.release = srd_window_free;
	cdev_init(&w->cdev, &srd_window_fops);
	w->cdev.owner = THIS_MODULE;
	return w;

inode:
	iput(w->inode);
minor:
	ida_free(&srd_window_minors, minor);
free:
	kfree(w);
	return ERR_PTR(err);
}

static int srd_window_add(struct srd_disk *d)
{
	struct srd_window *w = srd_window_alloc(d);
	int err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	err = dev_set_name(&w->dev, "%s-window", d->disk->disk_name);
	if (!err)
		err = cdev_device_add(&w->cdev, &w->dev);
	if (err) {
		/* It may have been there for a moment. */
		srd_window_end(w);
		put_device(&w->dev);
	} else {
		WRITE_ONCE(d->window, w);
	}
	return err;
}

/**
 * srd_window_remove() - take a disk's window away
 * @d: the disk, with its lock held; it need not have one
 *
 * Who has it mapped gets SIGBUS from then on.
 *
 * Context: may sleep.
 */
void srd_window_remove(struct srd_disk *d)
{
	struct srd_window *w = d->window;

	lockdep_assert_held(&d->lock);
	if (!w)
		return;
	WRITE_ONCE(d->window, NULL);
	cdev_device_del(&w->cdev, &w->dev);
	srd_window_end(w);
	put_device(&w->dev);
}

/**
 * srd_window_switch() - give a disk a window, or take it away
 * @number: N of the disk
 * @on: which of both; nothing is done when it is so already
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_WINDOW documents.
 */
int srd_window_switch(unsigned int number, bool on)
{
	struct srd_disk *d = srd_disk_get(number);
	int err;

	if (!d)
		return -ENODEV;
	err = mutex_lock_killable(&d->lock);
	if (err)
		goto put;
	if (d->dead)
		err = -ENODEV;
	else if (on && srd_inject_has(d, SRD_INJECT_CACHE))
		err = -EBUSY;
	else if (on && !d->window)
		err = srd_window_add(d);
	else if (!on)
		srd_window_remove(d);
	mutex_unlock(&d->lock);
put:
	srd_disk_put(d);
	return err;
}

static int srd_window_fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, SRD_WINDOW_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type srd_window_fs = {
	.name			= "srd-window",
	/* No owner: mounted here, it would keep the module from being unloaded. */
	.init_fs_context	= srd_window_fs_init,
	.kill_sb		= kill_anon_super,
};

/**
 * srd_window_setup() - make ready for windows
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_window_setup(void)
{
	int err;

	srd_window_mount = kern_mount(&srd_window_fs);
	if (IS_ERR(srd_window_mount))
		return PTR_ERR(srd_window_mount);
	srd_window_class = srd_class_create("srd-window");
	if (IS_ERR(srd_window_class)) {
		err = PTR_ERR(srd_window_class);
		goto unmount;
	}
	err = alloc_chrdev_region(&srd_window_devs, 0, MINORMASK + 1, "srd-window");
	if (err)
		goto class;
	return 0;

class:
	class_destroy(srd_window_class);
unmount:
	kern_unmount(srd_window_mount);
	return err;
}

/**
 * srd_window_cleanup() - forget about windows, once the last one is gone
 *
 * All disks have been removed.
 *
 * Context: may sleep.
 */
void srd_window_cleanup(void)
{
	wait_var_event(&srd_windows_alive, !atomic_read(&srd_windows_alive));
	synchronize_rcu();
	unregister_chrdev_region(srd_window_devs, MINORMASK + 1);
	class_destroy(srd_window_class);
	kern_unmount(srd_window_mount);
	ida_destroy(&srd_window_minors);
}
