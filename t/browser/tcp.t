#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Browsers in a meeting to which no UDP comes: all goes by ICE-TCP.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir("$FindBin::Bin/.."); }

use lib 'lib';
use IO::Socket::INET ();
use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

# where UDP goes and nothing comes back

my $hole = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1')
	or die "no socket: $!\n";

my $udp = 'listen 127.0.0.1:%%PORT_3478_UDP%% udp;';
my $silent = 'secmeet_candidate 127.0.0.1:' . $hole->sockport() . ';';

my %ways = (
	'TCP alone' => page_config() =~ s/\Q$udp\E/$udp =~ s{_UDP%% udp}{%%}r/er,
	'UDP into nothing' => page_config("$silent } server { "
		. 'listen 127.0.0.1:%%PORT_3479%%; secmeet_media on;'),
	"on the site's port, UDP into nothing" => page_config($silent)
		=~ s/(PORT_8080%%;)/$1 secmeet_tcp on;/r,
);

my $t = Test::Secmeet->new()->plan();

for my $way (sort keys %ways) {
	$t->write_file_expand('nginx.conf', "worker_processes 2;\n$ways{$way}");
	$t->run();

	Test::Secmeet::Browser->new()->run('tcp.mjs',
		'http://' . $t->host() . '/meet/', args => [ $way ]);

	$t->stop();
}

###############################################################################
