# flash: 512 KiB in blocks of 16 KiB
# A file written, overwritten inside, appended to in small steps, and rewritten as a whole.
seq 1 4000 > numbers
sync
printf 'PATCHED' | dd of=numbers bs=1 seek=5000 conv=notrunc 2>/dev/null
sync
printf 'ACROSS-A-PAGE-BORDER' | dd of=numbers bs=1 seek=8185 conv=notrunc 2>/dev/null
sync
for i in $(seq 1 40); do
  echo "log line $i" >> log
  sync
done
head -c 9000 /dev/urandom > whole
sync
head -c 9000 /dev/urandom | dd of=whole conv=notrunc bs=3000 2>/dev/null
sync
cp numbers numbers.copy
