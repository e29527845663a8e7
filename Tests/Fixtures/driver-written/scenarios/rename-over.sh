# flash: 512 KiB in blocks of 16 KiB
# Names that replace other names, in one folder and across folders.
mkdir -p left/inner right
for i in $(seq 1 12); do
  echo "setting=$i" > .conf.new
  mv .conf.new conf
done
echo old > left/target
echo new > right/source
mv right/source left/target
mv left/inner right/moved
mkdir left/empty right/empty
rmdir right/empty
mv left/empty right/empty
mv left/target 'left/a longer name than before'
mkdir a b
mv a b/
mv b/a c
touch -d '2014-06-01 12:00:00' b
