# flash: 512 KiB in blocks of 16 KiB
# Device numbers on both sides of the border between the two on-flash widths, and the other special files.
mkdir dev
mknod dev/null c 1 3
mknod dev/console c 5 1
mknod dev/mtd0 c 90 0
mknod dev/mtdblock4 b 31 4
mknod dev/c255 c 255 255
mknod dev/c256 c 256 0
mknod dev/b-minor256 b 8 256
mknod dev/b-large b 4095 1048575
mkfifo dev/initctl
mknod dev/ttyS1 c 4 65
chmod 0620 dev/ttyS1
chown 0:5 dev/ttyS1
chmod 0666 dev/null
ln dev/null dev/zero-really-null
mkfifo -m 0600 pipe
touch -d '2001-09-09 01:46:40' dev/console
