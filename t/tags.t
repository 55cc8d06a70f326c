#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A tag names one meeting, once and only once: not after the meeting, a
# reload, a restart, an upgrade or a crash, and not in another nginx with the
# same file of used tags.  What the file tells, and what becomes of it when
# it is torn, damaged, removed, full or cannot be written to.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use Digest::SHA qw/ hmac_sha256 sha1 sha256 sha512 /;
use Digest::MD5 qw/ md5 /;
use IO::Select ();
use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $HEADER = 64;
my $RECORD = 16;

# what is beyond a limit on files is an error then, and no end

$SIG{XFSZ} = 'IGNORE';

my $t = Test::Secmeet->new()->plan();
my $other = Test::Secmeet->new();
my $dir = $t->testdir();
my $path = "$dir/tags";
my $uri = '/meet/rooms/';

$t->allow(qr/secmeet: "\Q$path\E" is a damaged file/);

# nginx is started often, and tries again if somebody has the port meanwhile

$_->allow(qr/bind\(\) to \S+ failed \(98:/) for $t, $other;

# nginx clears its environment, and a sanitizer comes by it

my $env = $ENV{SECMEET_PRELOAD}
	? "env LD_PRELOAD;\nenv ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n" : '';

configure($t, "secmeet_tags $path;");

###############################################################################

# what is in it

$t->run();

my @rooms = map { [ $t->create_room() ] } 1 .. 20;
my @used = map { $_->[0] } @rooms;

is(sprintf('%o', (stat $path)[2] & 07777), '600', 'its mode');
is((stat $path)[4], $>, 'its owner is the master');
is(-s $path, size(20), '16 bytes for each tag');

my $file = content();
my $key = substr $file, 16, 32;

is(substr($file, 0, 16), "secmeet tags 1\n\0", 'it says what it is');
is(join(' ', records()), join(' ', map { unpack 'H*',
	substr hmac_sha256($_, $key), 0, 16 } @used), 'keyed hashes only');

my @clear = grep { found($_) } map {
	my $tag = $_;
	my $raw = pack 'H*', $tag;
	map { $_, uc, scalar reverse } $tag, $raw, map { substr $_->($tag), 0, 8 }
		\&md5, \&sha1, \&sha256, \&sha512;
} @used;

is(scalar @clear, 0, 'no tag, and no hash without the key');
ok(found(substr hmac_sha256($used[0], $key), 0, 8), 'which would be found');

###############################################################################

# once and only once

is(put($t, $used[0]), 409, 'while the meeting is there');
is($t->delete_room(@{$rooms[0]})->{status}, 204, 'it ends');
is(put($t, $used[0]), 409, 'after the meeting');

ok($t->reload(), 'reload');
is(put($t, $used[0]), 409, 'after a reload');
is(put($t, tag()), 201, 'a new one');

$t->stop();
$t->run();
is(again(), 20, 'after a restart');
is(-s $path, size(21), 'nothing was written for that');

my $last = tag();
is(put($t, $last), 201, 'a room');
kill_all();
$t->run();
is(put($t, $last), 409, 'after kill -9 of all');
is(again(), 20, 'nor any other');

# an upgrade: both binaries create rooms, and know each other's

my $old = $t->pid();

$t->signal('USR2');
ok(waitfor(sub { -e "$dir/nginx.pid.oldbin" && $t->pid()
	&& $t->pid() != $old && $t->workers() }, 10), 'upgrade');

push @rooms, map { [ $t->create_room() ] } 1 .. 40;
is(scalar(grep { $t->delete_room(@$_)->{status} == 204 } @rooms[-40 .. -1]),
	40, 'meetings by both binaries end');
push @used, map { $_->[0] } @rooms[-40 .. -1];
is(again(), 60, 'each knows all');

kill 'QUIT', $old;
ok(waitfor(sub { !kill 0, $old }, 20), 'the old one has left');
is(again(), 60, 'the new one knows all');

###############################################################################

# another nginx, with a run folder of its own, at the same time

configure($other, "secmeet_tags $path;");
$other->run();

is(put($other, $used[-1]), 409, 'used in another nginx');

my %answers;

for (1 .. 100) {
	my $tag = tag();
	my @sockets = map { request($_, $tag) } ($t, $other) x 2;

	my @status = sort map { $t->http('', socket => $_)
		=~ m{^HTTP/1\.1 (\d+)} } @sockets;

	$answers{"@status"}++;
	push @used, $tag;
}

is_deeply(\%answers, { '201 409 409 409' => 100 },
	'created four times at once in two of them: one wins');

my $records = () = records();
my %once = map { $_ => 1 } records();

is(keys %once, $records, 'no record is there twice');

$other->stop();
$t->stop();

###############################################################################

# torn within the last record, at each byte

my $whole = content();
my ($kept, $torn) = @used[-2, -1];
my (@kept, @new, @aligned);

for my $left (0 .. $RECORD - 1) {
	content(substr $whole, 0, length($whole) - $RECORD + $left);
	$t->run();

	push @kept, put($t, $kept);
	push @new, put($t, $torn);
	push @aligned, content() eq $whole ? 'whole' : "torn at $left";

	$t->stop();
}

is("@kept", join(' ', (409) x $RECORD), 'what was whole is known');
is("@new", join(' ', (201) x $RECORD), 'what was not never was');
is("@aligned", join(' ', ('whole') x $RECORD), 'and is written over');
like($t->error_log(), qr/\[notice\].*ends within a record: those 15 bytes/,
	'which is told');

# and while nginx runs

$t->run();
append('torn');
is(put($t, my $tag = tag()), 201, 'torn by another process');
is(-s $path, length($whole) + $RECORD, 'written over');
is(put($t, $tag), 409, 'known');

###############################################################################

# not a file of ours: nginx says so, and leaves it

my $good = content();
my $words = qr/\[emerg\].*"\Q$path\E" is no file of used tags, and is left/;
my @said;

for my $size (0 .. $HEADER - 1) {
	content(substr $good, 0, $size);
	push @said, $size unless refused($words);
}

is("@said", '', 'nginx -t: cut within the header');

content('x' x 1000);
ok(refused($words), 'nginx -t: something else');
content($good =~ s/tags 1/tags 2/r);
ok(refused($words), 'nginx -t: of another version');

for my $byte (16, 47, 48, 63) {
	my $bad = $good;
	substr($bad, $byte, 1) ^= "\1";
	content($bad);
	ok(refused(qr/\[emerg\].*is a damaged file of used tags, and is left/),
		"nginx -t: byte $byte");
}

# the running one refuses the reload, goes on, and creates no room meanwhile

my @workers = $t->workers();

$t->signal('HUP');
ok($t->waitforlog(qr/\[emerg\].*is a damaged file of used tags/, 10),
	'a reload is refused');
is(join(' ', $t->workers()), "@workers", 'by the same workers');
is(put($t, tag()), 503, 'no room is created');
is(put($t, tag()), 503, 'nor another');
is(scalar(() = $t->error_log() =~ /\[error\].*"\Q$path\E"\ was\ changed\ by
	\ somebody\ else,\ and\ no\ room\ is\ created\ without\ it/gx), 1,
	'told once');

my $bad = content();

$t->stop();

my ($status, $output) = $t->nginx();

ok($status != 0, 'no start');
like($output, qr/is a damaged file/, 'and why');
ok(content() eq $bad, 'it is left');

content($good);
$t->run();
is(put($t, $tag), 409, 'restored');
is(put($t, tag()), 201, 'rooms again');

# less of it than there was

$good = content();
truncate $path, size(3);
is(put($t, tag()), 503, 'cut short');
is(put($t, $tag), 503, 'of which nothing is certain');
content($good);
is(put($t, tag()), 201, 'and whole again');

$t->stop();
$t->run();
unlink $path;
is(put($t, tag()), 503, 'removed');
like($t->error_log(), qr/\[error\].*"\Q$path\E" was removed/, 'told');
ok($t->reload(), 'reload');
is(put($t, tag()), 201, 'a new one');
is(-s $path, size(1), 'is made');
isnt(substr(content(), 16, 32), $key, 'with another key');
$t->stop();

###############################################################################

# who may have a hand in it

content($good);
chmod 0640, $path;
ok(refused(qr/must not be open to others: run "chmod 0600"/), 'mode 0640');
chmod 0602, $path;
ok(refused(qr/must not be open to others/), 'mode 0602');
chmod 0600, $path;
ok(accepted(), 'mode 0600');

rename $path, "$path.real";
symlink "$path.real", $path;
ok(refused(qr/"\Q$path\E" cannot be opened/), 'a symlink');
unlink $path;
mkdir $path;
ok(refused(qr/"\Q$path\E" cannot be opened/), 'a folder');
rmdir $path;

SKIP: {
	skip 'root is needed', 2 unless $> == 0;

	rename "$path.real", $path;
	chown 65534, -1, $path;
	ok(refused(qr/belongs to the user 65534/), 'of somebody else');

	chown +(getpwnam('www-data'))[2], -1, $path;
	ok(accepted(), "of the workers' user");
	unlink $path;
}

###############################################################################

# the directive

ok(accepted(), 'no file yet');
ok(!-e $path, 'nginx -t makes none');

my $none = "$dir/none/tags";

refused(qr/"\Q$none\E" cannot be made: make the folder/,
	"secmeet_tags $none;", 'no folder');
refused(qr/"secmeet_tags" directive is duplicate/,
	'secmeet_tags off; secmeet_tags off;', 'twice');
refused(qr/"max=5" is of no use with "off"/, 'secmeet_tags off max=5;',
	'off with a bound');
refused(qr/invalid parameter "min=5"/, "secmeet_tags $path min=5;", 'min');
refused(qr/is no path of a file/, "secmeet_tags $_;", $_)
	for 'max=5', "''", '/';
refused(qr/"max=$_" must be between 1 and 10000000/,
	"secmeet_tags $path max=$_;", "max=$_")
	for 0, 10000001, -1, 'x', '';
accepted("secmeet_tags $path max=$_;", "max=$_") for 1, 10000000;

# where it is by default, by what somebody is told who may not write there

SKIP: {
	my ($said) = ($t->nginx('-V'))[1];
	my ($temp) = $said =~ m{--http-client-body-temp-path=(/\S+)/};

	skip 'the default is elsewhere', 1
		unless $temp && -e "$temp/." && !$ENV{SECMEET_PRELOAD};

	my @as = $> == 0 ? ('setpriv', '--reuid', '65534', '--regid', '65534',
		'--clear-groups') : ();

	$t->write_file('default.conf', $t->expand(conf('secmeet_tags x;'))
		=~ s/^\s*secmeet_tags .*$//mr);
	chmod 0644, "$dir/default.conf";

	my @command = $t->command('-t');
	splice @command, -2, 1, "$dir/default.conf";

	open my $fh, '-|', join ' ', @as, @command, '2>&1';

	like(join('', <$fh>), qr/"\Q$temp\E\/secmeet.tags" cannot be/,
		'the default');
}

###############################################################################

# its bound

configure($t, 'secmeet_tags own.tags max=10;');
$t->run();

is(-s "$dir/own.tags", size(0), 'a path below the prefix');

my $warn = qr/\[warn\].*holds 9 of the 10 tags that it may/;
my $full = qr/\[error\].*is full, and no more rooms are created/;

is(many(8), '201 201 201 201 201 201 201 201', '8 of 10');
unlike($t->error_log(), $warn, 'without a word');
is(put($t, $tag = tag()), 201, '9 of 10');
like($t->error_log(), $warn, 'a warning');
is(many(1), '201', '10 of 10');
unlike($t->error_log(), $full, 'and no error');
is(many(3), '503 503 503', 'no more');
is($t->put($uri . tag())->{body}, '{"error":"full"}', 'the answer');
is(put($t, $tag), 409, 'a used one is told');
is(scalar(() = $t->error_log() =~ /$full/g), 1, 'one line says so');
is(scalar(() = $t->error_log() =~ /$warn/g), 1, 'and one has warned');
is(-s "$dir/own.tags", size(10), 'nothing more is written');

configure($t, 'secmeet_tags own.tags max=11;');
ok($t->reload(), 'raised');
is(many(2), '201 503', 'one more');
is(put($t, $tag), 409, 'the used one');

configure($t, 'secmeet_tags own.tags max=5;');
ok($t->reload(), 'lowered below what there is');
is(many(1), '503', 'no more');
is(put($t, $tag), 409, 'the used one is known');
$t->stop();

configure($t, 'secmeet_tags own.tags max=10000000;');
$t->run();
is(many(1), '201', 'the highest bound');
is(put($t, $tag), 409, 'the used one');
$t->stop();

###############################################################################

# a file that cannot be written to; there is more in it than in any log

configure($t, "secmeet_tags $path;");
$t->run();
append(join '', map { pack 'H*', tag() } 1 .. 100000);

my @before = records();

is(put($t, my $first = tag()), 201, 'before');
is(put($t, $before[0]), 201, 'a record is no tag');
limited(size(100002) + 8);
is(many(2), '503 503', 'half a record only');
limited(size(100002));
is(many(1), '503', 'not a byte');
is(put($t, $first), 409, 'a used one is told');
like($t->error_log(), qr/\[error\].*cannot be written to, and no room is created/,
	'an error says so');
limited('unlimited');
is(many(1), '201', 'mended');
is(-s $path, size(100003), 'and aligned');
is(put($t, $first), 409, 'the used one');
$t->stop();

# or does not reach the disk: no 201 before

SKIP: {
	skip 'not with a sanitizer', 18
		if $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

	shim();
	configure($t, "secmeet_tags $path;", 1);

	{
		local $ENV{LD_PRELOAD} = "$dir/shim.so";
		$t->run();
	}

	is(put($t, tag()), 201, 'fdatasync() works');
	$t->write_file('broken', '');
	is(put($t, $tag = tag()), 503, 'and fails');
	like($t->error_log(), qr/does not reach the disk/, 'which is told');
	is($t->ws($tag)->join()->{type}, 'denied', 'and there is no room');
	unlink "$dir/broken";
	is(put($t, $tag), 409, 'its tag is used all the same');
	is(put($t, tag()), 201, 'others are not');

	# who waits for the disk waits alone, also in a worker that leaves

	$t->write_file('slow', '');

	my $waits = request($t, tag());

	is($t->get($uri . tag())->{status}, 426, 'the worker goes on');
	is(put($t, $tag), 409, 'and tells the used ones');
	ok(!IO::Select->new($waits)->can_read(0.2), 'one waits');

	my $gone = request($t, my $lost = tag());

	ok(waitfor(sub { put($t, $lost) == 409 }), 'another one');
	close $gone;

	my @old = $t->workers();

	ok($t->reload(), 'reload');
	ok(!IO::Select->new($waits)->can_read(0.2), 'it still waits');
	ok(Test::Secmeet::running($old[0]), 'and its worker for it');

	unlink "$dir/slow";

	like($t->http('', socket => $waits), qr/^HTTP\/1\.1 201/, 'created');
	ok(waitfor(sub { put($t, $lost) == 409 }), 'and the other');

	# those rooms would keep the old worker until nobody has joined them

	$t->stop();
	$t->run();

	# a worker that has to end meanwhile

	$t->write_file('slow', '');
	$waits = request($t, my $cut = tag());
	ok(waitfor(sub { put($t, $cut) == 409 }), 'one waits');

	my $master = $t->pid();

	kill 'TERM', $master;
	unlink "$dir/slow";
	ok(waitfor(sub { !kill 0, $master }, 15), 'stopped');
	$t->{started} = 0;

	# between the look and the write there is nobody else

	configure($t, "secmeet_tags $path;");

	{
		local $ENV{LD_PRELOAD} = "$dir/shim.so";

		$t->run();
		configure($other, "secmeet_tags $path;");
		$other->run();
	}

	$t->write_file('hesitant', '');

	my %race = map { race() => 1 } 1 .. 5;

	is_deeply([ keys %race ], [ '201 409' ], 'one at a time');

	unlink "$dir/hesitant";
	$_->stop() for $t, $other;
}

###############################################################################

# off: until nginx is restarted

configure($t, 'secmeet_tags off;');
unlink $path;
$t->run();
is(put($t, $tag = tag()), 201, 'off');
ok($t->reload(), 'reload');
is(put($t, $tag), 409, 'after a reload');
$t->stop();
ok(!-e $path, 'no file');
$t->run();
is(put($t, $tag), 201, 'after a restart');

unlike($t->error_log(), qr/[0-9a-f]{31}/i, 'no tag in the log');

###############################################################################

sub conf {
	my ($tags, $workers) = @_;

	$workers ||= 2;

	return $env . <<"EOC";

%%GLOBALS%%

worker_processes $workers;

events {
}

http {
    %%GLOBALS_HTTP%%

    $tags

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOC
}

sub configure {
	my ($nginx, @args) = @_;
	return $nginx->write_file_expand('nginx.conf', conf(@args));
}

# by what "nginx -t" says, of the file there is or of a directive

sub refused {
	my ($like, $tags, $name) = @_;

	my $before = -f $path ? content() : '';
	my ($status, $output) = $t->check_config(
		conf($tags // "secmeet_tags $path;"));
	my $right = $status != 0 && $output =~ $like
		&& $before eq (-f $path ? content() : '');

	diag($output) unless $right;

	return defined $name ? ok($right, $name) : $right;
}

sub accepted {
	my ($tags, $name) = @_;

	my ($status, $output) = $t->check_config(
		conf($tags // "secmeet_tags $path;"));

	diag($output) if $status;

	return defined $name ? ok($status == 0, $name) : $status == 0;
}

###############################################################################

sub tag { return Test::Secmeet::tag() }
sub size { return $HEADER + $RECORD * $_[0] }

sub put {
	my ($nginx, $tag) = @_;
	return $nginx->put($uri . $tag)->{status};
}

sub many {
	my ($n) = @_;
	return join ' ', map { put($t, tag()) } 1 .. $n;
}

# how many of the used ones cannot be used again

sub again { return scalar grep { put($t, $_) == 409 } @used }

# what is read later

sub request {
	my ($nginx, $tag) = @_;

	my $socket = $nginx->connection();
	my $host = $nginx->host();

	$socket->syswrite("PUT $uri$tag HTTP/1.1\r\nHost: $host\r\n"
		. "Origin: http://$host\r\nConnection: close\r\n\r\n");

	return $socket;
}

# what is in the file, or what shall be: not another file, if it is there

sub content {
	my ($content) = @_;

	if (!defined $content) {
		open my $fh, '<:raw', $path or return '';
		local $/;
		return <$fh> // '';
	}

	open my $fh, -e $path ? '+<:raw' : '>:raw', $path or die "open: $!\n";
	chmod 0600, $path;
	syswrite $fh, $content if length $content;
	truncate $fh, length $content;
	close $fh;

	return;
}

sub append {
	my ($content) = @_;

	open my $fh, '>>:raw', $path or die "open: $!\n";
	print $fh $content;
	close $fh or die "write: $!\n";

	return;
}

sub records {
	return unpack '(H32)*', substr content(), $HEADER;
}

sub found { return index($file, $_[0]) >= 0 }

sub kill_all {
	my @pids = grep { $_ } $t->pid(), $t->workers(1);

	kill 'KILL', @pids;
	waitfor(sub { !grep { Test::Secmeet::running($_) } @pids }, 10);
	unlink "$dir/nginx.pid";
	$t->{started} = 0;

	return;
}

# nginx anew, with a limit on the size of files, which it has from here

sub limited {
	my ($bytes) = @_;

	$t->stop();
	limit($bytes);
	$t->run();
	limit('unlimited');

	return;
}

sub limit {
	my ($bytes) = @_;

	system('prlimit', '--pid', $$, "--fsize=$bytes:") == 0
		or die "prlimit: $?\n";

	return;
}

# in two of them at once, whose answers are in order

sub race {
	my $tag = tag();
	my @sockets = map { request($_, $tag) } $t, $other;

	return join ' ', sort map { $t->http('', socket => $_)
		=~ m{^HTTP/1\.1 (\d+)} } @sockets;
}

# fdatasync() fails or waits, and pwrite() hesitates, while there is a file of
# that name

sub shim {
	$t->write_file('shim.c', <<"EOC");
#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>

ssize_t
pwrite64(int fd, const void *p, size_t n, off_t offset)
{
    if (access("$dir/hesitant", F_OK) == 0) {
        usleep(10000);
    }

    return syscall(SYS_pwrite64, fd, p, n, offset);
}


int
fdatasync(int fd)
{
    if (access("$dir/broken", F_OK) == 0) {
        errno = EIO;
        return -1;
    }

    while (access("$dir/slow", F_OK) == 0) {
        usleep(1000);
    }

    return syscall(SYS_fdatasync, fd);
}
EOC

	system('gcc', '-shared', '-fPIC', '-o', "$dir/shim.so", "$dir/shim.c")
		== 0 or die "gcc: $?\n";

	return;
}

###############################################################################
