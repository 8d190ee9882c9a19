"""Mount an image file by a loop device with the kernel's own calls: mount(8) and umount(8) are two processes a run more. Linux, root.

ctypes (1.1 MB) is loaded by the first mount, not by an idle worker.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

# linux/loop.h
_CTL_GET_FREE = 0x4C82
_SET_FD = 0x4C00
_CLR_FD = 0x4C01
_SET_STATUS64 = 0x4C04
_CONFIGURE = 0x4C0A
_AUTOCLEAR = 4
_INFO64 = struct.Struct("=QQQQQIIII64s64s32s2Q")
"""struct loop_info64: device, inode, rdevice, offset, sizelimit, number, encrypt_type, key_size, flags, file name, crypt name, key, init."""
_CONFIG = struct.Struct("=II232s64x")
"""struct loop_config: file, block size (0: the usual one), info, reserved."""
# linux/mount.h
_NOSUID, _NODEV, _NOATIME = 2, 4, 1024
TRIES = 20
"""Others take free loop devices at the same time."""


def mount_ext4(image: Path, folder: Path) -> None:
    """nosuid, nodev, noatime; the loop device goes by itself when the file system is unmounted. Raises OSError."""
    import ctypes

    device, name = _attach(image)
    try:
        _call(
            "mount",
            name.encode(),
            os.fsencode(folder),
            b"ext4",
            ctypes.c_ulong(_NOSUID | _NODEV | _NOATIME),
            None,
        )
    finally:
        os.close(device)


def unmount(folder: Path) -> None:
    """Raises OSError, EBUSY while it is in use."""
    _call("umount2", os.fsencode(folder), 0)


def _attach(image: Path) -> tuple[int, str]:
    """(open loop device, its path), set to clear itself when its last user is gone."""
    backing = os.open(image, os.O_RDWR | os.O_CLOEXEC)
    try:
        for _ in range(TRIES):
            control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
            try:
                number = fcntl.ioctl(control, _CTL_GET_FREE)
            finally:
                os.close(control)
            name = f"/dev/loop{number}"
            device = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            try:
                _configure(device, backing, os.fsencode(image)[-63:])
            except OSError as error:
                os.close(device)
                if error.errno != errno.EBUSY:
                    raise
                continue
            return device, name
        raise OSError(errno.EBUSY, "no free loop device", "/dev/loop-control")
    finally:
        os.close(backing)


def _configure(device: int, backing: int, file_name: bytes) -> None:
    """In one call, from Linux 5.8 on: a status set afterwards freezes the device's queue, 14 ms. Raises OSError, EBUSY when it is taken."""
    info = _INFO64.pack(0, 0, 0, 0, 0, 0, 0, 0, _AUTOCLEAR, file_name, b"", b"", 0, 0)
    try:
        fcntl.ioctl(device, _CONFIGURE, _CONFIG.pack(backing, 0, info))
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTTY):
            raise
    else:
        return
    fcntl.ioctl(device, _SET_FD, backing)
    try:
        fcntl.ioctl(device, _SET_STATUS64, info)
    except OSError:
        fcntl.ioctl(device, _CLR_FD)
        raise


def _call(name: str, *arguments: object) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
