#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A worker that is killed takes only its own meetings with it: their people
# are told at once by the workers that live, the others notice nothing, and
# nothing is left of what it held.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use Time::HiRes qw/ time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->allow(qr/exited on signal 9/);
$t->plan(7)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 4;

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

my @rooms = map { ($t->create_room())[0] } 1 .. 8;
my @people = map { scalar $t->join($rooms[$_ % 8]) } 0 .. 31;

my ($victim) = $t->workers();
my %owned = map { $_ => 1 } claims();

is(keys %owned, 8, 'eight rooms are claimed');

my $killed = time();

kill 'KILL', $victim;

# nobody says anything more in the rooms of the dead

my (@hit, @lost, @well);

for my $n (0 .. $#people) {
	my $message;

	while ($message = $people[$n]->read_message(0.3)) {
		last if $message->{type} eq 'end';
	}

	if ($message) {
		push @hit, $n;
		is($message->{reason}, 'crash', 'the reason') if @hit == 1;

	} elsif ($people[$n]->ended(0.01)) {
		push @lost, $n;

	} else {
		push @well, $n;
	}
}

diag(@hit . ' told, ' . @lost . ' cut off, ' . @well . ' well');

cmp_ok(@hit, '>', 0, 'people in other workers are told');
cmp_ok(@well, '>', 0, 'others notice nothing');

my %dead = map { $_ % 8 => 1 } @hit;
my @wrong = grep { $dead{$_ % 8} } @well;

is("@wrong", '', 'none of a meeting that is gone');

my %company;
$company{$_ % 8}++ for @well;

my @together = grep { $company{$_ % 8} > 1 } @well;

$people[$_]->send_text('{"type":"send","data":"here"}') for @together;

my $talk = grep { ($people[$_]->read_message(3) || {})->{type} } @together;

is($talk, @together, 'their meetings go on');

my ($tag, $host) = $t->create_room();

ok(scalar $t->join($tag), 'and new ones are held');

###############################################################################

sub claims { return glob($t->testdir() . '/*.secmeet/r.*') }

###############################################################################
