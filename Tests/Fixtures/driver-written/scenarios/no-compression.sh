# flash: 512 KiB in blocks of 16 KiB, mounted with compr=none
seq 1 5000 > numbers
sync
echo inserted | dd of=numbers bs=1 seek=4090 conv=notrunc 2>/dev/null
head -c 4097 /dev/zero > zeroes
ln -s numbers link
