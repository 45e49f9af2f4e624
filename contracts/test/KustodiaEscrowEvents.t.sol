// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, Vm, vm} from "./support/EscrowTest.sol";

/// @notice The events as they lie on the chain. The hashes are those of the live V2 contracts: one indexer reads them all.
contract KustodiaEscrowEventsTest is EscrowTest {
    bytes32 private constant CREATED = 0x0bcf1e4a8179b3db7b841fac86f1eea3a6a1bce099a9502f05257ee5efecdffe;
    bytes32 private constant FUNDED = 0x911052e1be46242b46bf3c2762227ff37c000e5fe38727638096f3a17fbfe170;
    bytes32 private constant RELEASED = 0x69833829d5691ae09424af7d16f73adf033451149ea9c2fc6fcb4c44108eef67;
    bytes32 private constant DISPUTED = 0xc523357a17c19a0da11b08e9f4d7e4fbed304cbe1be1d3583e4d5a677d75d709;
    bytes32 private constant CANCELLED = 0x0d977c6b1a383ac5ce532b4a668d0ef9ad38478e1a5ff28abb221f4b682b2643;
    bytes32 private constant RESOLVED = 0x694013e1c7c934eef6ed1a5776d4008895769844a7fced962b0bddb002fff624;
    bytes32 private constant REFERENCED = keccak256("EscrowReferenced(uint256,bytes32,address,uint64)");
    bytes32 private constant TOKEN_ALLOWED_SET = keccak256("TokenAllowedSet(address,bool)");
    bytes32 private constant TOKENS_RESCUED = keccak256("TokensRescued(address,address,uint256)");
    bytes32 private constant EARLY_END_APPROVED = keccak256("EarlyEndApproved(uint256,address)");
    bytes32 private constant SETTLEMENT_SCHEDULED = keccak256("SettlementScheduled(address,uint48)");
    bytes32 private constant SETTLEMENT_SET = keccak256("SettlementSet(address)");
    bytes32 private constant SETTLEMENT_DELAY_SET = keccak256("SettlementDelaySet(uint48)");
    bytes32 private constant REDIRECTED = keccak256("EscrowRedirected(uint256,address,address)");

    function test_createAndFund_emitsCreatedReferencedFunded() public {
        vm.recordLogs();
        uint256 id = create();
        Vm.Log[] memory logs = escrowLogs(3);

        assertTopics(logs[0], CREATED, bytes32(id), word(BRIDGE), word(SETTLEMENT));
        (uint256 amount, string memory vertical, string memory clabe) =
            abi.decode(logs[0].data, (uint256, string, string));
        vm.assertEq(amount, AMOUNT, "created amount");
        vm.assertEq(vertical, "custody", "vertical");
        vm.assertEq(clabe, vm.toString(REF), "the reference in the place of the CLABE");

        assertTopics(logs[1], REFERENCED, bytes32(id), REF, word(address(token)));
        vm.assertEq(abi.decode(logs[1].data, (uint64)), DEADLINE, "deadline");

        assertTopics(logs[2], FUNDED, bytes32(id));
        vm.assertEq(abi.decode(logs[2].data, (uint256)), AMOUNT, "funded amount");
    }

    function test_createAndFund_writesAReferenceWithLeadingZerosInFull() public {
        vm.recordLogs();
        create(bytes32(uint256(0xab)));
        (,, string memory clabe) = abi.decode(escrowLogs(3)[0].data, (uint256, string, string));
        vm.assertEq(clabe, "0x00000000000000000000000000000000000000000000000000000000000000ab", "64 digits");
    }

    function test_release_emitsReleased() public {
        vm.recordLogs();
        uint256 id = released();
        assertTopics(escrowLogs(4)[3], RELEASED, bytes32(id));
    }

    function test_releaseAbandoned_emitsReleased() public {
        uint256 id = disputed();
        vm.warp(DEADLINE + 365 days);
        vm.recordLogs();
        escrow.releaseAbandoned(id);
        assertTopics(escrowLogs(1)[0], RELEASED, bytes32(id));
    }

    function test_cancel_emitsCancelled() public {
        vm.recordLogs();
        uint256 id = cancelled();
        assertTopics(escrowLogs(4)[3], CANCELLED, bytes32(id));
    }

    function test_dispute_emitsDisputed() public {
        vm.recordLogs();
        uint256 id = disputed();
        Vm.Log memory log = escrowLogs(4)[3];
        assertTopics(log, DISPUTED, bytes32(id));
        (address by, string memory reason) = abi.decode(log.data, (address, string));
        vm.assertEq(by, BRIDGE, "by");
        vm.assertEq(reason, "goods_not_received", "reason");
    }

    function test_resolveDispute_forTheSeller_emitsResolved() public {
        uint256 id = disputed();
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, true);
        Vm.Log memory log = escrowLogs(1)[0];
        assertTopics(log, RESOLVED, bytes32(id));
        vm.assertEq(abi.decode(log.data, (bool)), true, "in favor of the seller");
    }

    function test_resolveDispute_forTheBuyer_emitsResolvedThenCancelled() public {
        uint256 id = disputed();
        vm.warp(DEADLINE);
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        Vm.Log[] memory logs = escrowLogs(2);
        assertTopics(logs[0], RESOLVED, bytes32(id));
        vm.assertEq(abi.decode(logs[0].data, (bool)), false, "in favor of the buyer");
        assertTopics(logs[1], CANCELLED, bytes32(id));
    }

    function test_releaseEarly_emitsApprovedThenReleased() public {
        uint256 id = create();
        bytes memory signature = approve(escrow.RELEASE_EARLY(), id);
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, APPROVER, EXPIRY, signature);
        Vm.Log[] memory logs = escrowLogs(2);
        assertApproved(logs[0], id);
        assertTopics(logs[1], RELEASED, bytes32(id));
    }

    function test_cancelEarly_emitsApprovedThenCancelled() public {
        uint256 id = create();
        bytes memory signature = approve(escrow.CANCEL_EARLY(), id);
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.cancelEarly(id, APPROVER, EXPIRY, signature);
        Vm.Log[] memory logs = escrowLogs(2);
        assertApproved(logs[0], id);
        assertTopics(logs[1], CANCELLED, bytes32(id));
    }

    function test_resolveForBuyerEarly_emitsApprovedThenResolvedThenCancelled() public {
        uint256 id = disputed();
        bytes memory signature = approve(escrow.RESOLVE_FOR_BUYER_EARLY(), id);
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.resolveForBuyerEarly(id, APPROVER, EXPIRY, signature);
        Vm.Log[] memory logs = escrowLogs(3);
        assertApproved(logs[0], id);
        assertTopics(logs[1], RESOLVED, bytes32(id));
        vm.assertEq(abi.decode(logs[1].data, (bool)), false, "in favor of the buyer");
        assertTopics(logs[2], CANCELLED, bytes32(id));
    }

    function test_releaseBatch_emitsReleasedBeforeEachTransfer() public {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (create(), create(OTHER_REF));
        vm.warp(DEADLINE);
        vm.recordLogs();
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 4, "a transfer for each");
        for (uint256 i; i < 2; ++i) {
            assertTopics(logs[2 * i], RELEASED, bytes32(ids[i]));
            assertTransfer(logs[2 * i + 1], SETTLEMENT, AMOUNT);
        }
    }

    /// @dev Each way of a cancellation: the indexer finds the escrow of a transfer in the log before it.
    function test_cancel_emitsCancelledBeforeItsTransfer() public {
        uint256 early = create();
        bytes memory signature = approve(escrow.CANCEL_EARLY(), early);
        (uint256 due, uint256 lost) = (create(OTHER_REF), create(keccak256("a third payment")));
        vm.startPrank(BRIDGE);
        escrow.dispute(lost, "");
        vm.recordLogs();
        escrow.cancelEarly(early, APPROVER, EXPIRY, signature);
        assertLastTwo(vm.getRecordedLogs(), early);
        vm.warp(DEADLINE);
        escrow.cancel(due);
        assertLastTwo(vm.getRecordedLogs(), due);
        escrow.resolveDispute(lost, false);
        assertLastTwo(vm.getRecordedLogs(), lost);
    }

    function test_rescue_emitsTokensRescuedBeforeItsTransfer() public {
        token.mint(address(escrow), 7);
        vm.recordLogs();
        vm.prank(ADMIN);
        escrow.rescue(address(token), STRANGER, 7);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2, "number of events");
        vm.assertEq(logs[0].topics[0], TOKENS_RESCUED, "first");
        assertTransfer(logs[1], STRANGER, 7);
    }

    function test_createAndFundWithPermit_emitsCreatedReferencedFunded() public {
        vm.recordLogs();
        vm.prank(BRIDGE);
        uint256 id = escrow.createAndFundWithPermit(REF, address(token), AMOUNT, CUSTODY, 0, 27, bytes32(0), bytes32(0));
        Vm.Log[] memory logs = escrowLogs(3);
        assertTopics(logs[0], CREATED, bytes32(id), word(BRIDGE), word(SETTLEMENT));
        assertTopics(logs[1], REFERENCED, bytes32(id), REF, word(address(token)));
        assertTopics(logs[2], FUNDED, bytes32(id));
    }

    function test_constructor_emitsWhatTheAdminWouldHaveSet() public {
        vm.recordLogs();
        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        vm.assertEq(last.emitter, address(fresh), "emitter");
        vm.assertEq(last.topics[0], SETTLEMENT_DELAY_SET, "delay");
        vm.assertEq(abi.decode(last.data, (uint48)), ADMIN_DELAY, "how long");
        vm.assertEq(logs[logs.length - 2].topics[0], SETTLEMENT_SET, "settlement");
        vm.assertEq(logs[logs.length - 2].topics[1], word(BRIDGE), "the bridge wallet");
        vm.assertEq(logs[logs.length - 3].topics[0], TOKEN_ALLOWED_SET, "token");
    }

    function test_scheduleSettlement_emitsScheduledAndApplySettlementSet() public {
        vm.recordLogs();
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(STRANGER);
        vm.warp(START + ADMIN_DELAY);
        escrow.applySettlement();
        Vm.Log[] memory logs = escrowLogs(2);
        vm.assertEq(logs[0].topics[0], SETTLEMENT_SCHEDULED, "scheduled");
        vm.assertEq(logs[0].topics[1], word(STRANGER), "which");
        vm.assertEq(abi.decode(logs[0].data, (uint48)), START + ADMIN_DELAY, "from when on");
        vm.assertEq(logs[1].topics[0], SETTLEMENT_SET, "set");
        vm.assertEq(logs[1].topics[1], word(STRANGER), "which");
    }

    function test_redirect_emitsRedirected() public {
        uint256[] memory ids = new uint256[](1);
        ids[0] = create();
        vm.recordLogs();
        vm.prank(APPROVER);
        escrow.redirect(ids, SETTLEMENT);
        assertTopics(escrowLogs(1)[0], REDIRECTED, bytes32(ids[0]), word(SETTLEMENT), word(APPROVER));
    }

    function test_pause_emitsPausedAndUnpaused() public {
        vm.recordLogs();
        vm.startPrank(ADMIN);
        escrow.pause();
        escrow.unpause();
        Vm.Log[] memory logs = escrowLogs(2);
        vm.assertEq(logs[0].topics[0], keccak256("Paused(address)"), "paused");
        vm.assertEq(logs[1].topics[0], keccak256("Unpaused(address)"), "unpaused");
    }

    function test_setTokenAllowed_emitsTokenAllowedSet() public {
        vm.recordLogs();
        vm.prank(ADMIN);
        escrow.setTokenAllowed(address(token), false);
        Vm.Log memory log = escrowLogs(1)[0];
        vm.assertEq(log.topics[0], TOKEN_ALLOWED_SET, "topic 0");
        vm.assertEq(log.topics[1], word(address(token)), "token");
        vm.assertEq(abi.decode(log.data, (bool)), false, "allowed");
    }

    function test_rescue_emitsTokensRescued() public {
        token.mint(address(escrow), 7);
        vm.recordLogs();
        vm.prank(ADMIN);
        escrow.rescue(address(token), STRANGER, 7);
        Vm.Log memory log = escrowLogs(1)[0];
        vm.assertEq(log.topics[0], TOKENS_RESCUED, "topic 0");
        vm.assertEq(log.topics[1], word(address(token)), "token");
        vm.assertEq(log.topics[2], word(STRANGER), "to");
        vm.assertEq(abi.decode(log.data, (uint256)), 7, "amount");
    }

    /// @dev What the escrow contract itself has emitted since recordLogs, which must be so many.
    function escrowLogs(uint256 expected) private returns (Vm.Log[] memory own) {
        Vm.Log[] memory all = vm.getRecordedLogs();
        own = new Vm.Log[](expected);
        uint256 count;
        for (uint256 i; i < all.length; ++i) {
            if (all[i].emitter != address(escrow)) continue;
            if (count < expected) own[count] = all[i];
            ++count;
        }
        vm.assertEq(count, expected, "number of events");
    }

    function assertTopics(Vm.Log memory log, bytes32 topic0, bytes32 id) private pure {
        vm.assertEq(log.topics.length, 2, "number of topics");
        vm.assertEq(log.topics[0], topic0, "topic 0");
        vm.assertEq(log.topics[1], id, "escrow id");
    }

    function assertTopics(Vm.Log memory log, bytes32 topic0, bytes32 id, bytes32 topic2, bytes32 topic3) private pure {
        vm.assertEq(log.topics.length, 4, "number of topics");
        vm.assertEq(log.topics[0], topic0, "topic 0");
        vm.assertEq(log.topics[1], id, "escrow id");
        vm.assertEq(log.topics[2], topic2, "topic 2");
        vm.assertEq(log.topics[3], topic3, "topic 3");
    }

    function assertLastTwo(Vm.Log[] memory logs, uint256 id) private view {
        assertTopics(logs[logs.length - 2], CANCELLED, bytes32(id));
        assertTransfer(logs[logs.length - 1], SETTLEMENT, AMOUNT);
    }

    function assertTransfer(Vm.Log memory log, address to, uint256 amount) private view {
        vm.assertEq(log.emitter, address(token), "the token's");
        vm.assertEq(log.topics[2], word(to), "to whom");
        vm.assertEq(abi.decode(log.data, (uint256)), amount, "its amount");
    }

    function assertApproved(Vm.Log memory log, uint256 id) private view {
        vm.assertEq(log.topics.length, 3, "number of topics");
        vm.assertEq(log.topics[0], EARLY_END_APPROVED, "topic 0");
        vm.assertEq(log.topics[1], bytes32(id), "escrow id");
        vm.assertEq(log.topics[2], word(APPROVER), "approver");
    }

    function word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
