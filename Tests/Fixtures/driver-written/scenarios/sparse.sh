# flash: 1024 KiB in blocks of 64 KiB
# Holes at the start, in the middle, at the end; a file that is nothing but a hole.
truncate -s 150001 only-a-hole
echo middle | dd of=middle bs=1 seek=70000 2>/dev/null
truncate -s 140000 middle
printf start > start
truncate -s 100000 start
echo end | dd of=end bs=1 seek=65535 2>/dev/null
for i in 1 3 5 7 9; do echo "island $i" | dd of=islands bs=1 seek=${i}0000 conv=notrunc 2>/dev/null; sync; done
head -c 20000 /dev/zero > written-zeroes
head -c 20000 /dev/urandom > filled
sync
dd if=/dev/zero of=filled bs=1000 seek=3 count=9 conv=notrunc 2>/dev/null
