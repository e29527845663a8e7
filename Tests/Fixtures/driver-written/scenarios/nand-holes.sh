# flash: 1536 KiB in blocks of 128 KiB, NAND with pages of 2048 bytes
# Holes, truncation, writes at odd places.
truncate -s 90001 only-a-hole
seq 1 6000 > shrunk
sync
truncate -s 7001 shrunk
sync
truncate -s 20000 shrunk
echo middle | dd of=middle bs=1 seek=50000 2>/dev/null
sync
truncate -s 80000 middle
for i in 1 3 5 7 9; do echo "island $i" | dd of=islands bs=1 seek=${i}0013 conv=notrunc 2>/dev/null; sync; done
seq 1 5000 > patched
sync
for i in $(seq 1 20); do echo "patch $i" | dd of=patched bs=1 seek=$((i * 1117)) conv=notrunc 2>/dev/null; sync; done
