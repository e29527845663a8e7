# flash: 512 KiB in blocks of 16 KiB, NAND with pages of 512 bytes, copied while it is mounted
# A log that grows in small steps, each of them flushed: the driver fills the rest of a page each time.
mkdir var
for i in $(seq 1 60); do
  echo "event $i of the day" >> var/log
  if [ $((i % 3)) = 0 ]; then sync; fi
done
mv var/log var/log.1
for i in $(seq 1 25); do
  echo "event $i of the next day" >> var/log
  sync
done
rm var/log.1
echo open > open
exec 3< open
rm open
sync
echo 'last words' >> var/log
