#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Connections by TCP for another worker than the one that accepts them, more
# than that one can take: its link to the others goes on.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use IO::Socket::INET ();
use Test::Secmeet;
use Test::Secmeet::Attack qw/ stun /;
use Test::Secmeet::WebSocket ();

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

# more than may be on their way between processes of a user, unix(7)

my $NOFILE = 512;
my $MANY = 1200;

my $t = Test::Secmeet->new();

$t->skip_all('the limit is not for root') if $ENV{SECMEET_VALGRIND};

$t->plan()->write_file_expand('nginx.conf', <<"EOC")->run();

%%GLOBALS%%

worker_processes 2;
worker_rlimit_nofile $NOFILE;

events {
    worker_connections 400;
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478%%;
        secmeet_media on;
    }
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

EOC

###############################################################################

my ($tag) = $t->create_room();
my ($claim) = glob $t->testdir() . '/*.secmeet/r.*';
my ($name) = readlink($claim) =~ /^(w\.\w{8})\./;
my ($owner) = grep { $t->holds($_, $name) } $t->workers();

# a member whose WebSocket is in the other worker

my ($member, @others);

for (1 .. 40) {
	$member = $t->join($tag);
	last if $t->worker_of($member) != $owner;
	push @others, $member;
}

isnt($t->worker_of($member), $owner, 'a member by way of another worker');
ok(answers($member), 'is answered');

# no key is needed to be passed on

my $request = pack 'n/a*', stun(key => 'x' x 22, attributes => [
	[ 0x6, substr($name, 2) . 'xxxxxxxx:abcd' ],
]);

kill 'STOP', $owner;

for (1 .. $MANY) {
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $t->port(3478)) or last;

	syswrite $socket, $request;
}

ok(waits($owner), 'its worker stands still');
kill 'CONT', $owner;

ok(answers($member), 'and goes on: the member is answered');
is($member->wait('rejoin', timeout => 1), undef, 'and need not come again');

###############################################################################

sub answers {
	my ($ws) = @_;

	$ws->send('ping');

	return $ws->wait('pong', timeout => 10);
}

sub waits {
	my ($pid) = @_;

	open my $fh, '<', "/proc/$pid/stat" or return 0;

	return <$fh> =~ /\) T /;
}

###############################################################################
