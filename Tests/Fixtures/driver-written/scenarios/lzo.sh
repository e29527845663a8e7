# flash: 512 KiB in blocks of 16 KiB, mounted with compr=lzo
seq 1 9000 > numbers
sync
echo inserted | dd of=numbers bs=1 seek=4090 conv=notrunc 2>/dev/null
head -c 20000 /dev/zero > zeroes
head -c 6000 /dev/urandom > noise
for i in $(seq 1 300); do echo 'the same line again'; done > same
