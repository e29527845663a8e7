# flash: 512 KiB in blocks of 16 KiB
# Link counts that rise and fall, links that outlive their first name, a folder removed with its files.
mkdir one two three
echo shared > one/first
ln one/first two/second
ln one/first two/third
ln two/second three/fourth
rm one/first
echo more >> two/third
echo single > single
ln single double
rm double
mkdir doomed
echo x > doomed/x
ln doomed/x survivor
rm -r doomed
ln -s survivor soft
ln soft soft-too
mkfifo pipe
ln pipe one/pipe
rm pipe
mkdir again
rmdir again
echo 'a file now' > again
