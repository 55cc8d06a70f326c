#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The run folder: made by the master for the workers' user alone, kept over
# reload and upgrade, refused where anybody else might have a hand in it.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ basename dirname /;
use lib dirname(__FILE__) . '/lib';

use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $conf = <<'EOC';

%%GLOBALS%%

%%RUN%%

events {
}

http {
    %%GLOBALS_HTTP%%

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

my $t = Test::Secmeet->new()->plan();
my $run = $t->testdir() . '/nginx.pid.secmeet';
my $user = $> == 0 ? (getpwnam('www-data'))[2] : $>;

###############################################################################

# made

configure('');
$t->run();

ok(waitfor(sub { glob "$run/w.*" }), 'the folder is beside the pid file');
is(mode($run), '0700', 'its mode');
is((stat $run)[4], $user, 'its owner');
is(mode("$run/key"), '0600', 'mode of the key');
is((stat "$run/key")[4], $user, 'owner of the key');
is(-s "$run/key", 32, 'length of the key');
is(join(' ', map { basename($_) =~ s/^w\.[0-9a-f]{8}$/w/r } glob "$run/*"),
	'key w', 'nothing else');

# kept: what other generations have put there is theirs

my $key = $t->read_file('nginx.pid.secmeet/key');

$t->write_file('nginx.pid.secmeet/theirs', '');
ok($t->reload(), 'reload');
ok(-e "$run/theirs", 'nothing is emptied');
is($t->read_file('nginx.pid.secmeet/key'), $key, 'the same key');

ok($t->stop(), 'stopped');
is(join(' ', map { basename($_) } glob "$run/[kw]*"), 'key', 'no socket left');

unlink "$run/key", "$run/theirs";
$t->run();
isnt($t->read_file('nginx.pid.secmeet/key'), $key, 'another key');
$t->stop();

###############################################################################

# "nginx -t" makes nothing

my ($status) = $t->check_config(
	$conf =~ s/%%RUN%%/secmeet_run_path %%TESTDIR%%\/none;/r);
is($status, 0, 'nginx -t');
ok(!-e $t->testdir() . '/none', 'nginx -t makes no folder');

# refused, with words

my $dir = $t->testdir() . '/run';

refused('the folder above it', "$dir/not/there");
refused('shorter', $dir . 'x' x 80);

mkdir $dir, 0700;
chmod 0755, $dir;
own($dir);
refused('chmod 0700', $dir);

chmod 01700, $dir;
refused('chmod 0700', $dir);

chmod 0700, $dir;
symlink $dir, "$dir.link";
refused('is a symlink', "$dir.link");
refused('is a symlink', "$dir.link/");

$t->write_file('file', '');
refused('no folder', $t->testdir() . '/file');

for my $bad ('short', 'x' x 33, '') {
	$t->write_file('run/key', $bad);
	chmod 0600, "$dir/key";
	own("$dir/key");
	refused('32 bytes', $dir);
}

$t->write_file('run/key', 'x' x 32);
chmod 0644, "$dir/key";
own("$dir/key");
refused('mode 0600', $dir);

unlink "$dir/key";
symlink $t->testdir() . '/nginx.conf', "$dir/key";
refused('not a file', $dir);
unlink "$dir/key";

SKIP: {
	skip 'root is needed', 2 if $> != 0;

	chown 0, 0, $dir;
	refused('belongs to the user 0', $dir);

	chown 65534, 65534, $dir;
	refused('belongs to the user 65534', $dir);

	own($dir);
}

# taken, with what a start that was cut short has left

$t->write_file('run/key.new', 'x');

configure("secmeet_run_path $dir/;");
$t->run();

ok(waitfor(sub { glob "$dir/w.*" }), 'a folder that was there');
is(-s "$dir/key", 32, 'a key in it');
ok(!-e "$dir/key.new", 'nothing else');

###############################################################################

sub configure {
	my ($directive) = @_;

	$t->write_file_expand('nginx.conf', $conf =~ s/%%RUN%%/$directive/r);

	return;
}

sub refused {
	my ($words, $path) = @_;

	configure("secmeet_run_path $path;");

	my ($status, $output) = $t->nginx();

	ok($status, "refused: $words");
	like($output, qr/\[emerg\] .*secmeet.*\Q$words\E/, 'and said so');

	# these are not the alerts of a test that goes wrong

	unlink $t->testdir() . '/error.log';

	return;
}

sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

sub own { return chown $user, -1, $_[0] }

###############################################################################
