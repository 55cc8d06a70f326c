#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A reload ends no meeting, not even one without media whose people came by
# other workers; a graceful stop tells them that it ends.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

###############################################################################

my $t = Test::Secmeet->new()->plan(7)->write_file_expand('nginx.conf',
	<<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

EOC

###############################################################################

my @rooms = map { ($t->create_room())[0] } 1 .. 6;
my @people = map { scalar $t->join($_) } @rooms, @rooms;

is(@people, 12, 'six rooms of two');

$t->reload();

my @late = map { scalar $t->join($_) } @rooms;

is(@late, 6, 'people join after a reload');

$people[0]->send_text('{"type":"send","data":"still here"}');

my $heard = wait_type($people[6], 'message');

is($heard->{data}, 'still here', 'a room lives in the old worker');

ok($t->stop('QUIT'), 'nginx has gone');

my %said;

for my $ws (@people, @late) {
	my $end = wait_type($ws, 'end') or next;
	$said{$end->{reason}}++;
}

is($said{stop}, 18, 'all are told that it ends');

my %codes;
$codes{$_->close_code(5) // ''}++ for @people, @late;

is_deeply(\%codes, { 1001 => 18 }, 'and let go');

my @files = glob($t->testdir() . '/*.secmeet/[wr].*');

is("@files", '', 'no file is left');

###############################################################################

sub wait_type {
	my ($ws, $type) = @_;

	while (my $message = $ws->read_message(6)) {
		return $message if $message->{type} eq $type;
	}

	return;
}

###############################################################################
