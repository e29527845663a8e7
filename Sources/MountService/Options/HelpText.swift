package enum HelpText {
  package static let version = "0.1.0"

  package static let text = """
    Usage: jffs2fuse FIRMWARE [MOUNTPOINT] [options]
           jffs2fuse --unmount MOUNTPOINT
           jffs2fuse --doctor [MOUNTPOINT]

    Shows the files of a JFFS2 firmware as a read-only folder. FIRMWARE is a raw image, a uImage, an archive
    that holds one, a dump of a whole flash chip, or an MTD or block device.

      jffs2fuse home ~/camera                   browse it; jffs2fuse --unmount ~/camera when done
      jffs2fuse home                            makes a folder and prints its name
      jffs2fuse dump.bin ~/flash                a folder for each file system in a dump
      jffs2fuse dump.bin ~/flash -o partition=config
      jffs2fuse dump.bin ~/flash -o offset=0x240000,length=3M
      jffs2fuse dump.bin ~/flash -o 'mtdparts=spi0:256k(boot),2M(kernel),-(home)'
      jffs2fuse camera.zip ~/camera -o member=update/home.bin

    General:
      -h, --help               this text
      -V, --version            the version
          --unmount            unmount, also after a crash
          --unmount --stale    the same, but only if the program is gone; without MOUNTPOINT, all such of your own
          --doctor             look for what is in the way of a mount, and say what to do
      -f                       stay in the foreground, messages on standard error
      -d, -o debug             show every request (implies -f)
      -s                       one thread only
      -o NAME=VALUE,...        options as below; a comma in a value is written \\,

    Where the file system is (sizes: 65536, 64k, 64KiB, 1M, 0x10000):
      -o offset=SIZE           begins there in the file; image_offset= is the same, for fstab
      -o length=SIZE           ends so many bytes later
      -o mtdparts=SPEC         partitions in the kernel's syntax
      -o partition=WHICH       only this one: a name, a number from 0, or an offset 0x...
      -o member=NAME           the file inside an archive
      -o oob=PAGE+SPARE        a NAND dump with its spare area, such as 2048+64
      -o endian=little|big     order of bytes
      -o erase_size=SIZE       size of an erase block
      -o max_unpacked=SIZE     unpack no more than this (1G)

    What the files look like:
      -o uid=N, -o gid=N       owner and group of everything
      -o umask=OCTAL           permissions to take away
      -o damaged=error|zero    reading a damaged range fails, or gives zeros as in Linux (error)

    The mount:
      -o allow_other           other users may look in, as the image's permissions say
      -o allow_root            root may look in
      -o nonempty              mount over a folder that is not empty
      -o timeout=SECONDS       unmount when not used for so long
      -o drain=SECONDS         time for readers to finish when the program is told to end (30)
      -o notify_fd=N           write READY=1 to this descriptor when the mount answers
      -o sandbox=yes|no        no: one process that keeps its rights, for a debugger (yes)
      -o clone_fd              with sandbox=no: each thread has a /dev/fuse of its own
      -o auto_unmount, default_permissions, fsname=NAME, subtype=NAME, max_read=N, max_threads=N,
         max_idle_threads=N, noexec, context=CONTEXT (also fscontext=, defcontext=,
         rootcontext=)         libfuse's, see mount.fuse3(8)

    Exit codes: 0 mounted; 1 usage, or no JFFS2 in the firmware; 2 the system, or the file cannot be read;
    32 the mount failed.

    """
}
